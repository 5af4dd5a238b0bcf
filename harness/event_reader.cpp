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

}  // namespace

struct EventReader::Parser {
  dom::parser json{};
};

EventReader::EventReader() : parser_(std::make_unique<Parser>()) {}
EventReader::~EventReader() = default;

std::size_t EventReader::padding() { return simdjson::SIMDJSON_PADDING; }

bool EventReader::read(std::string_view line, Op& op) {
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
