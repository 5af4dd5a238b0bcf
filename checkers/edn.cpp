#include "checkers/edn.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "harness/error.h"

namespace clew {
namespace {

// Forms are read by recursion: text from a stranger must not exhaust the stack.
constexpr std::size_t most_nested = 200;

bool is_space(char c) { return c == ' ' || c == ',' || (c >= '\t' && c <= '\r'); }

bool ends_token(char c) {
  return is_space(c) || c == '"' || c == ';' || c == '(' || c == ')' || c == '[' || c == ']' ||
         c == '{' || c == '}';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

bool is_high_half(unsigned code) { return code >= 0xd800 && code < 0xdc00; }
bool is_low_half(unsigned code) { return code >= 0xdc00 && code < 0xe000; }

std::optional<unsigned> hex4(std::string_view text) {
  unsigned code = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc{} || end != text.data() + 4) return std::nullopt;
  return code;
}

// A key of a map as the name of a member.
std::string name_of(const Edn& key) {
  const Value value = to_value(key);
  return value.is_text() ? value.as_text() : to_json(value);
}

// Whether two keys of a map are one, at least to clew, to which :a and "a" are the same name.
bool has_twins(const Edn& map) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) names.push_back(name_of(map.items[i]));
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

const Edn* Edn::find(std::string_view name) const {
  if (kind != Kind::map) return nullptr;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].kind == Kind::keyword && items[i].text == name) return &items[i + 1];
  return nullptr;
}

Value to_value(const Edn& form) {
  using Kind = Edn::Kind;
  switch (form.kind) {
    case Kind::nil: return {};
    case Kind::boolean: return form.boolean;
    case Kind::integer: return form.integer;
    case Kind::real: return form.real;
    case Kind::number:
    case Kind::text:
    case Kind::keyword:
    case Kind::symbol: return form.text;
    case Kind::list:
    case Kind::set: {
      Value::List list;
      for (const Edn& item : form.items) list.push_back(to_value(item));
      if (form.kind == Kind::set)  // Equal sets must become equal values.
        std::sort(list.begin(), list.end(),
                  [](const Value& a, const Value& b) { return to_json(a) < to_json(b); });
      return list;
    }
    case Kind::map: {
      Value::Object members;
      for (std::size_t i = 0; i + 1 < form.items.size(); i += 2)
        members.emplace_back(name_of(form.items[i]), to_value(form.items[i + 1]));
      return Value::object(std::move(members));
    }
  }
  return {};
}

EdnReader::Found EdnReader::next(Edn& form_out) {
  open_.clear();
  try {
    skip();
    if (closed_ || (at_ == text_.size() && closing_ == 0)) return Found::end;
    if (at_ == text_.size()) return Found::cut;  // Of the list that was entered.
    if (closing_ != 0 && text_[at_] == closing_) {
      ++at_;
      closed_ = true;
      skip();
      if (at_ < text_.size()) reject(at_, "nothing may follow the list of events");
      return Found::end;
    }
    const std::size_t start = at_;
    open_.push_back(start);
    form_out = Edn{};
    form(form_out);
    open_.clear();
    return Found::form;
  } catch (const Cut&) {
    if (!open_.empty()) unclosed_ = open_.back();
    at_ = text_.size();
    return Found::cut;
  }
}

bool EdnReader::enter() {
  try {
    skip();
  } catch (const Cut&) { return false; }
  if (at_ == text_.size() || (text_[at_] != '[' && text_[at_] != '(')) return false;
  unclosed_ = at_;
  closing_ = text_[at_] == '[' ? ']' : ')';
  ++at_;
  return true;
}

std::string EdnReader::place(std::size_t at) const {
  const std::string_view before = text_.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? at + 1 : at - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

void EdnReader::reject(std::size_t at, const std::string& why) const {
  throw UsageError(place(at) + ": " + why);
}

char EdnReader::peek(std::size_t ahead) const {
  if (at_ + ahead >= text_.size()) throw Cut{};
  return text_[at_ + ahead];
}

// White space, comments, and forms behind #_.
void EdnReader::skip() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (is_space(c)) {
      ++at_;
    } else if (c == ';' || text_.substr(at_, 2) == "#!") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (text_.substr(at_, 2) == "#_") {
      open_.push_back(at_);
      at_ += 2;
      Edn dropped;
      form(dropped);
      open_.pop_back();
    } else {
      return;
    }
  }
}

void EdnReader::form(Edn& out) {
  if (open_.size() > most_nested)
    reject(at_, "forms nest deeper than " + std::to_string(most_nested) + " levels");
  skip();
  const char c = peek();
  out.at = at_;
  switch (c) {
    case '(':
    case '[':
      out.kind = Edn::Kind::list;
      items(out, c == '(' ? ')' : ']');
      return;
    case '{': {
      out.kind = Edn::Kind::map;
      items(out, '}');
      if (out.items.size() % 2 != 0) reject(out.at, "this map has a key without a value");
      if (has_twins(out)) reject(out.at, "this map has a key twice");
      return;
    }
    case ')':
    case ']':
    case '}': reject(at_, std::string("'") + c + "' closes nothing that is open");
    case '"': string(out); return;
    case '\\': character(out); return;
    case '#': dispatch(out); return;
    default: token(out); return;
  }
}

void EdnReader::dispatch(Edn& out) {
  const std::size_t start = at_;
  const char c = peek(1);
  if (c == '{') {
    ++at_;
    out.kind = Edn::Kind::set;
    items(out, '}');
    return;
  }
  if (c == '#') {
    at_ += 2;
    const std::string_view name = take_token();
    out.kind = Edn::Kind::real;
    if (name == "Inf") {
      out.real = std::numeric_limits<double>::infinity();
    } else if (name == "-Inf") {
      out.real = -std::numeric_limits<double>::infinity();
    } else if (name == "NaN") {
      out.real = std::numeric_limits<double>::quiet_NaN();
    } else {
      reject(start, "'##" + std::string(name) + "' is none of ##Inf, ##-Inf, ##NaN");
    }
    return;
  }
  if (is_space(c) || ends_token(c)) reject(start, "a tag must follow '#'");
  ++at_;
  take_token();
  open_.push_back(start);
  form(out);
  open_.pop_back();
}

void EdnReader::items(Edn& out, char closing) {
  open_.push_back(at_);
  ++at_;
  for (;;) {
    skip();
    if (peek() == closing) break;
    form(out.items.emplace_back());
  }
  ++at_;
  open_.pop_back();
}

void EdnReader::string(Edn& out) {
  out.kind = Edn::Kind::text;
  open_.push_back(at_);
  for (++at_; peek() != '"'; ++at_) {
    if (text_[at_] != '\\') {
      out.text += text_[at_];
      continue;
    }
    const std::size_t escape = at_++;
    switch (peek()) {
      case 't': out.text += '\t'; break;
      case 'r': out.text += '\r'; break;
      case 'n': out.text += '\n'; break;
      case 'b': out.text += '\b'; break;
      case 'f': out.text += '\f'; break;
      case '\\': out.text += '\\'; break;
      case '"': out.text += '"'; break;
      case 'u': {
        peek(4);
        auto code = hex4(text_.substr(at_ + 1));
        if (!code) reject(escape, "\\u must be followed by four hex digits");
        at_ += 4;
        if (is_high_half(*code)) {
          const auto low = hex4(text_.substr(std::min(at_ + 3, text_.size())));
          if (peek(1) != '\\' || peek(2) != 'u' || !low || !is_low_half(*low))
            reject(escape, "half a pair of surrogates");
          code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
          at_ += 6;
        } else if (is_low_half(*code)) {
          reject(escape, "half a pair of surrogates");
        }
        append_utf8(out.text, *code);
        break;
      }
      default: reject(escape, std::string("'\\") + text_[at_] + "' is no escape in a string");
    }
  }
  ++at_;
  open_.pop_back();
}

void EdnReader::character(Edn& out) {
  static constexpr std::array<std::pair<std::string_view, char>, 6> names{{{"newline", '\n'},
                                                                           {"return", '\r'},
                                                                           {"space", ' '},
                                                                           {"tab", '\t'},
                                                                           {"formfeed", '\f'},
                                                                           {"backspace", '\b'}}};
  const std::size_t start = at_++;
  peek();
  const std::size_t first = at_++;  // Whatever it is: \( and \; are characters too.
  while (at_ < text_.size() && !ends_token(text_[at_])) ++at_;
  const std::string_view name = text_.substr(first, at_ - first);
  out.kind = Edn::Kind::text;
  for (const auto& [known, c] : names)
    if (name == known) {
      out.text = c;
      return;
    }
  if (name.size() == 5 && name[0] == 'u') {
    const auto code = hex4(name.substr(1));
    if (code && !is_high_half(*code) && !is_low_half(*code)) return append_utf8(out.text, *code);
  }
  const auto lead = static_cast<unsigned char>(name[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (name.size() != length) reject(start, "'\\" + std::string(name) + "' is no character");
  out.text = name;
}

std::string_view EdnReader::take_token() {
  const std::size_t start = at_;
  while (at_ < text_.size() && !ends_token(text_[at_])) ++at_;
  if (at_ == text_.size()) throw Cut{};  // It may go on in what was cut off.
  return text_.substr(start, at_ - start);
}

void EdnReader::token(Edn& out) {
  const std::size_t start = at_;
  const std::string_view word = take_token();
  if (word == "nil") {
    out.kind = Edn::Kind::nil;
  } else if (word == "true" || word == "false") {
    out.kind = Edn::Kind::boolean;
    out.boolean = word == "true";
  } else if (word[0] == ':') {
    out.kind = Edn::Kind::keyword;
    out.text = word.substr(word.find_first_not_of(':') == 2 ? 2 : 1);
    if (out.text.empty() || out.text[0] == ':') reject(start, "a name must follow ':'");
  } else if (is_digit(word[0]) ||
             ((word[0] == '-' || word[0] == '+') && word.size() > 1 && is_digit(word[1]))) {
    if (!number(word, out)) reject(start, "'" + std::string(word) + "' is no number");
  } else if (word[0] == '^' || word[0] == '\'' || word[0] == '`' || word[0] == '@' ||
             word[0] == '~') {
    reject(start, std::string("'") + word[0] + "' is Clojure, but no EDN");
  } else {
    out.kind = Edn::Kind::symbol;
    out.text = word;
  }
}

bool EdnReader::number(std::string_view word, Edn& out) const {
  const std::string_view digits = word[0] == '+' ? word.substr(1) : word;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const bool exact = digits.back() == 'N' || digits.back() == 'M';
  const char* const stop = exact ? end - 1 : end;
  const auto all_digits = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  };
  const std::string_view body(begin, static_cast<std::size_t>(stop - begin));
  const std::string_view plain = body[0] == '-' ? body.substr(1) : body;
  if (digits.back() != 'M' && all_digits(plain)) {
    if (plain.size() > 1 && plain[0] == '0') return false;  // Octal to some readers.
    const auto parsed = std::from_chars(begin, stop, out.integer);
    out.kind = Edn::Kind::integer;
    if (parsed.ec == std::errc{}) return true;
    out.kind = Edn::Kind::number;  // Beyond int64: its digits, so that no two become one.
    out.text = body;
    return true;
  }
  const std::size_t slash = plain.find('/');
  if (slash != std::string_view::npos) {
    out.kind = Edn::Kind::number;
    out.text = body;
    return !exact && all_digits(plain.substr(0, slash)) && all_digits(plain.substr(slash + 1));
  }
  const auto parsed = std::from_chars(begin, stop, out.real);
  if (parsed.ec != std::errc{} || parsed.ptr != stop || digits.back() == 'N') return false;
  out.kind = digits.back() == 'M' ? Edn::Kind::number : Edn::Kind::real;
  if (digits.back() == 'M') out.text = digits;
  return true;
}

void append_edn_string(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_edn(std::string& out, const Value& value) {
  if (value.is_nil()) {
    out += "nil";
  } else if (value.is_text()) {
    append_edn_string(out, value.as_text());
  } else if (value.is_real() && !std::isfinite(value.as_real())) {
    out += std::isnan(value.as_real()) ? "##NaN" : value.as_real() > 0 ? "##Inf" : "##-Inf";
  } else if (value.is_list()) {
    out += '[';
    for (const Value& item : value.as_list()) {
      if (&item != value.as_list().data()) out += ' ';
      append_edn(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const auto& member : value.as_object()) {
      if (&member != value.as_object().data()) out += ", ";
      append_edn_string(out, member.first);
      out += ' ';
      append_edn(out, member.second);
    }
    out += '}';
  } else {
    append_json(out, value);
  }
}

}  // namespace clew
