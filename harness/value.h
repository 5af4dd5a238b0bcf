#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace clew {

// What operations carry: any JSON value, without JSON. Comparable and cheap to
// include; the text form lives in value_json.cpp. An object keeps the order in
// which its members were given.
class Value {
 public:
  using List = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;

  Value() = default;  // nil
  Value(bool b) : data_(b) {}
  Value(int i) : data_(std::int64_t{i}) {}
  Value(std::int64_t i) : data_(i) {}
  Value(double d) : data_(d) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(List items) : data_(std::move(items)) {}
  static Value object(Object members) {
    Value v;
    v.data_ = std::move(members);
    return v;
  }

  bool is_nil() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_real() const { return std::holds_alternative<double>(data_); }
  bool is_text() const { return std::holds_alternative<std::string>(data_); }
  bool is_list() const { return std::holds_alternative<List>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }

  // These throw std::bad_variant_access on the wrong kind: ask first when the
  // value comes from a file or a server.
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(data_); }
  double as_real() const {
    return is_int() ? static_cast<double>(as_int()) : std::get<double>(data_);
  }
  const std::string& as_text() const { return std::get<std::string>(data_); }
  const List& as_list() const { return std::get<List>(data_); }
  const Object& as_object() const { return std::get<Object>(data_); }

  // The member `name`, or nullptr if there is none or this is no object.
  const Value* find(std::string_view name) const;

  // Typed: 42, 42.0 and "42" are three values.
  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> data_;
};

// Compact JSON on one line. Doubles keep a fraction ("42.0"), so that types survive a round trip.
std::string to_json(const Value& value);
void append_json(std::string& out, const Value& value);
void append_json_string(std::string& out, std::string_view text);

// Throws UsageError with the byte offset if `text` is no JSON document.
Value parse_json(std::string_view text);

// Short text for people: 7, nil, "a", [1 2].
std::string to_text(const Value& value);

}  // namespace clew
