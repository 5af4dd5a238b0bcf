#include "harness/value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/error.h"

namespace clew {
namespace {

// Members keep their order; nlohmann's default object would sort them.
using Json = nlohmann::ordered_json;

Value from_json(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean: return json.get<bool>();
    case Json::value_t::number_integer: return json.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > INT64_MAX) return static_cast<double>(number);
      return static_cast<std::int64_t>(number);
    }
    case Json::value_t::number_float: return json.get<double>();
    case Json::value_t::string: return json.get<std::string>();
    case Json::value_t::array: {
      Value::List list;
      list.reserve(json.size());
      for (const Json& item : json) list.push_back(from_json(item));
      return list;
    }
    case Json::value_t::object: {
      Value::Object members;
      for (const auto& [name, item] : json.items()) members.emplace_back(name, from_json(item));
      return Value::object(std::move(members));
    }
    default: return {};
  }
}

void append_int(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_real(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";  // JSON has no other word for it.
    return;
  }
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// Bytes that are no UTF-8 become U+FFFD: a server may answer anything, and the
// file must stay JSON.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(i);
  std::size_t length = 0;
  if (first >= 0xc2 && first <= 0xdf) length = 2;
  if (first >= 0xe0 && first <= 0xef) length = 3;
  if (first >= 0xf0 && first <= 0xf4) length = 4;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(i + 1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
    return 0;
  return length;
}

// A value is walked by recursion: text from a stranger must not exhaust the stack.
constexpr std::size_t most_nested = 200;

bool nests_too_deeply(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > most_nested) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

const Value* Value::find(std::string_view name) const {
  if (!is_object()) return nullptr;
  for (const auto& [member, value] : as_object())
    if (member == name) return &value;
  return nullptr;
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i++];
    } else if (c < 0x20) {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
      ++i;
    } else if (c < 0x80) {
      out += text[i++];
    } else if (const std::size_t length = utf8_length(text, i); length > 0) {
      out += text.substr(i, length);
      i += length;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  if (value.is_nil()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_int()) {
    append_int(out, value.as_int());
  } else if (value.is_real()) {
    append_real(out, value.as_real());
  } else if (value.is_text()) {
    append_json_string(out, value.as_text());
  } else if (value.is_list()) {
    out += '[';
    for (std::size_t i = 0; i < value.as_list().size(); ++i) {
      if (i > 0) out += ',';
      append_json(out, value.as_list()[i]);
    }
    out += ']';
  } else {
    out += '{';
    for (std::size_t i = 0; i < value.as_object().size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, value.as_object()[i].first);
      out += ':';
      append_json(out, value.as_object()[i].second);
    }
    out += '}';
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

Value parse_json(std::string_view text) {
  if (nests_too_deeply(text))
    throw UsageError("lists and objects nest deeper than " + std::to_string(most_nested) +
                     " levels");
  try {
    return from_json(Json::parse(text));
  } catch (const Json::parse_error& e) {
    throw UsageError("no JSON at byte " + std::to_string(e.byte));
  } catch (const Json::out_of_range&) {
    throw UsageError("a number is beyond what a double can hold");
  }
}

std::string to_text(const Value& value) {
  if (value.is_nil()) return "nil";
  if (value.is_list()) {
    std::string out = "[";
    for (const Value& item : value.as_list()) {
      if (out.size() > 1) out += ' ';
      out += to_text(item);
    }
    return out + "]";
  }
  return to_json(value);
}

}  // namespace clew
