#include "harness/event_reader.h"

#include <simdjson.h>

#include <cstring>

namespace clew {
namespace {

namespace dom = simdjson::dom;
using Type = dom::element_type;

// Beyond this the plain reader decides, which has a limit and a word for it.
constexpr int most_nested = 50;

bool value_of(const dom::element& element, Value& value, int depth);

bool list_of(const dom::array& array, Value& value, int depth) {
  Value::List list;
  list.reserve(array.size());
  for (const dom::element item : array)
    if (!value_of(item, list.emplace_back(), depth)) return false;
  value = Value(std::move(list));
  return true;
}

// Of members with the same name the last counts, at the place of the first.
bool object_of(const dom::object& object, Value& value, int depth) {
  Value::Object members;
  members.reserve(object.size());
  for (const auto [name, item] : object) {
    std::size_t place = 0;
    while (place < members.size() && members[place].first != name) ++place;
    if (place == members.size()) members.emplace_back(std::string(name), Value());
    if (!value_of(item, members[place].second, depth)) return false;
  }
  value = Value::object(std::move(members));
  return true;
}

bool value_of(const dom::element& element, Value& value, int depth) {
  if (depth > most_nested) return false;
  switch (element.type()) {
    case Type::NULL_VALUE: value = Value(); return true;
    case Type::BOOL: value = Value(element.get_bool().value_unsafe()); return true;
    case Type::INT64: value = Value(element.get_int64().value_unsafe()); return true;
    case Type::UINT64:  // Only what is beyond int64 has this type.
      value = Value(static_cast<double>(element.get_uint64().value_unsafe()));
      return true;
    case Type::DOUBLE: value = Value(element.get_double().value_unsafe()); return true;
    case Type::STRING: value = Value(std::string(element.get_string().value_unsafe())); return true;
    case Type::ARRAY: return list_of(element.get_array().value_unsafe(), value, depth + 1);
    case Type::OBJECT: return object_of(element.get_object().value_unsafe(), value, depth + 1);
  }
  return false;
}

bool integer_of(const dom::element& element, std::int64_t& number) {
  return element.get_int64().get(number) == simdjson::SUCCESS;
}

bool text_of(const dom::element& element, std::string& text) {
  std::string_view view;
  if (element.is_null()) {
    text.clear();
    return true;
  }
  if (element.get_string().get(view) != simdjson::SUCCESS) return false;
  text.assign(view);
  return true;
}

bool kind_of(const dom::element& element, Kind& kind) {
  std::string_view view;
  if (element.get_string().get(view) != simdjson::SUCCESS) return false;
  for (const Kind known : {Kind::invoke, Kind::ok, Kind::fail, Kind::info}) {
    if (view != to_string(known)) continue;
    kind = known;
    return true;
  }
  return false;
}

bool process_of(const dom::element& element, std::int64_t& process) {
  if (element.is_string()) {
    process = nemesis_process;
    return element.get_string().value_unsafe() == "nemesis";
  }
  return integer_of(element, process) && process >= 0;
}

// One bit for each member that must be there.
enum Needed : unsigned {
  index_bit = 1,
  time_bit = 2,
  process_bit = 4,
  type_bit = 8,
  all_bits = 15
};

bool member_of(std::string_view name, const dom::element& element, Op& op, unsigned& seen) {
  if (name == "index") return seen |= index_bit, integer_of(element, op.index);
  if (name == "time") {
    std::int64_t time = 0;
    seen |= time_bit;
    const bool fits = integer_of(element, time);
    op.time = Nanos(time);
    return fits;
  }
  if (name == "process") return seen |= process_bit, process_of(element, op.process);
  if (name == "type") return seen |= type_bit, kind_of(element, op.kind);
  if (name == "f") return text_of(element, op.f);
  if (name == "key") return text_of(element, op.key);
  if (name == "value") return value_of(element, op.value, 0);
  if (name == "node") return text_of(element, op.node);
  if (name == "error") return text_of(element, op.error);
  return true;  // Whoever added it knows why.
}

// Reads what a recorder writes, member by member in its order and with neither blanks
// nor escapes, at several times the speed of any parser of JSON. Whatever else it meets
// ends it: the line may still be in order. It may look at what is behind the line, but
// only takes what lies inside: no step that begins behind the end succeeds, and none
// looks further than `most_digits` + 1 bytes or a literal.
class Recorded {
 public:
  explicit Recorded(std::string_view line) : at_(line.data()), end_(at_ + line.size()) {}

  bool read(Op& op) {
    std::int64_t time = 0;
    if (!word("{\"index\":") || !integer(op.index)) return false;
    if (!word(",\"time\":") || !integer(time)) return false;
    op.time = Nanos(time);
    if (!word(",\"process\":") || !integer(op.process) || op.process < 0) return false;
    if (!word(",\"type\":") || !kind(op.kind)) return false;
    if (!word(",\"f\":") || !text(op.f) || op.f.empty()) return false;
    if (word(",\"key\":") && !text(op.key)) return false;
    if (!word(",\"value\":") || !value(op.value)) return false;
    if (word(",\"node\":") && !text(op.node)) return false;
    if (word(",\"error\":") && !text(op.error)) return false;
    return word("}") && at_ == end_;
  }

 private:
  static constexpr int most_digits = 18;  // More might not fit.

  template <std::size_t N>
  bool word(const char (&literal)[N]) {
    if (at_ >= end_ || std::memcmp(at_, literal, N - 1) != 0) return false;
    at_ += N - 1;
    return true;
  }

  bool integer(std::int64_t& number) {
    if (at_ >= end_) return false;
    const bool negative = *at_ == '-';
    at_ += negative;
    const char* first = at_;
    std::int64_t sum = 0;
    for (; *at_ >= '0' && *at_ <= '9' && at_ - first <= most_digits; ++at_)
      sum = 10 * sum + (*at_ - '0');
    const auto digits = at_ - first;
    if (digits == 0 || digits > most_digits || (digits > 1 && *first == '0')) return false;
    number = negative ? -sum : sum;
    return number != 0 || !negative;
  }

  bool text(std::string& out) {
    if (!word("\"")) return false;
    const char* first = at_;
    while (at_ < end_ && static_cast<signed char>(*at_) >= ' ' && *at_ != '"' && *at_ != '\\')
      ++at_;
    out.assign(first, at_);
    return word("\"");
  }

  bool kind(Kind& kind) {
    if (word("\"invoke\"")) return kind = Kind::invoke, true;
    if (word("\"ok\"")) return kind = Kind::ok, true;
    if (word("\"fail\"")) return kind = Kind::fail, true;
    return word("\"info\"") && (kind = Kind::info, true);
  }

  bool value(Value& value) {
    std::int64_t number = 0;
    if (word("null")) return true;
    if (word("[")) return pair(value);
    if (!integer(number)) return false;
    value = Value(number);
    return true;
  }

  bool pair(Value& value) {
    Value::List items(2);
    if (*at_ == '[' || !this->value(items[0]) || !word(",")) return false;
    if (*at_ == '[' || !this->value(items[1]) || !word("]")) return false;
    value = Value(std::move(items));
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace

struct EventReader::Parser {
  dom::parser json{};
};

EventReader::EventReader() : parser_(std::make_unique<Parser>()) {}
EventReader::~EventReader() = default;

std::size_t EventReader::padding() { return simdjson::SIMDJSON_PADDING; }

bool EventReader::read(std::string_view line, Op& op) {
  if (Recorded(line).read(op)) return true;
  // simdjson takes half a surrogate pair for a character; the plain reader does not.
  for (std::size_t at = line.find('\\'); at != std::string_view::npos; at = line.find('\\', at + 2))
    if (at + 1 < line.size() && line[at + 1] == 'u') return false;
  dom::object event;
  if (parser_->json.parse(line.data(), line.size(), false).get_object().get(event) !=
      simdjson::SUCCESS)
    return false;
  unsigned seen = 0;
  for (const auto [name, element] : event)
    if (!member_of(name, element, op, seen)) return false;
  return seen == all_bits && !op.f.empty();
}

}  // namespace clew
