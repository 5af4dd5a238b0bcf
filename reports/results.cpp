#include "reports/results.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "harness/error.h"
#include "reports/results_fields.h"
#include "reports/wording.h"

namespace clew {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view schema = "clew.results/1";

Json encode(const Value& value);
template <class T>
Json encode(const std::vector<T>& list);
template <class T>
Json encode(const std::map<std::string, T>& map);
template <class T>
Json encode(const T& value);

class Writer {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    json_[name] = encode(value);
  }
  void nullable(const char* name, const std::string& text) {
    json_[name] = text.empty() ? Json() : Json(text);
  }
  template <class T>
  void optional(const char* name, const std::optional<T>& value) {
    json_[name] = value ? encode(*value) : Json();
  }
  // For readers of the file only; told anew from the rest when it is read.
  template <class F>
  void derived(const char* name, F value) {
    json_[name] = value();
  }
  template <class F>
  void group(const char* name, F body) {
    Writer inner;
    body(inner);
    json_[name] = std::move(inner.json_);
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

Json encode(const Value& value) { return Json::parse(to_json(value)); }

template <class T>
Json encode(const std::vector<T>& list) {
  Json json = Json::array();
  for (const T& item : list) json.push_back(encode(item));
  return json;
}

template <class T>
Json encode(const std::map<std::string, T>& map) {
  // Names that differ only in bytes that are no UTF-8 would become one name.
  Json json = Json::object();
  for (const auto& [name, value] : map) {
    std::string clean = plain(name, name.size());
    while (json.contains(clean)) clean += '\'';
    json[clean] = encode(value);
  }
  return json;
}

template <class T>
Json encode(const T& value) {
  if constexpr (std::same_as<T, Nanos>) {
    return value == Nanos::max() ? Json() : Json(value.count());
  } else if constexpr (std::same_as<T, Outcome> || std::same_as<T, Kind>) {
    return to_string(value);
  } else if constexpr (std::same_as<T, std::pair<std::string, std::string>>) {
    return Json::array({value.first, value.second});
  } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
    return value;
  } else {
    Writer writer;
    fields(writer, value);
    return writer.take();
  }
}

// Members that are missing keep their defaults, members it does not know are
// passed over: files of later clews of this schema stay readable.
class Reader {
 public:
  Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) refuse(path_, "an object");
  }
  template <class T>
  void operator()(const char* name, T& value) const {
    const auto it = json_.find(name);
    if (it != json_.end()) decode(*it, value, inside(name));
  }
  void nullable(const char* name, std::string& text) const {
    const auto it = json_.find(name);
    if (it != json_.end() && !it->is_null()) decode(*it, text, inside(name));
  }
  template <class T>
  void optional(const char* name, std::optional<T>& value) const {
    const auto it = json_.find(name);
    if (it != json_.end() && !it->is_null()) decode(*it, value.emplace(), inside(name));
  }
  template <class F>
  void derived(const char*, F) const {}
  template <class F>
  void group(const char* name, F body) const {
    const auto it = json_.find(name);
    if (it == json_.end()) return;
    const Reader inner(*it, inside(name));
    body(inner);
  }

 private:
  [[noreturn]] static void refuse(const std::string& path, const std::string& wanted) {
    throw UsageError("results: " + (path.empty() ? "the document" : path) + " is not " + wanted +
                     "; was the file edited?");
  }
  std::string inside(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }

  template <class T>
  static void decode(const Json& json, std::vector<T>& list, const std::string& path) {
    if (!json.is_array()) refuse(path, "a list");
    list.clear();
    for (std::size_t i = 0; i < json.size(); ++i)
      decode(json[i], list.emplace_back(), path + "[" + std::to_string(i) + "]");
  }

  template <class T>
  static void decode(const Json& json, std::map<std::string, T>& map, const std::string& path) {
    if (!json.is_object()) refuse(path, "an object");
    map.clear();
    for (const auto& [name, item] : json.items()) decode(item, map[name], path + "." + name);
  }

  template <class T>
  static void decode(const Json& json, T& value, const std::string& path) {
    if constexpr (std::same_as<T, Nanos>) {
      if (json.is_null()) {
        value = Nanos::max();
        return;
      }
      std::int64_t count = 0;
      decode_whole(json, count, path, "whole nanoseconds or null");
      value = Nanos(count);
    } else if constexpr (std::same_as<T, Value>) {
      value = parse_json(json.dump());
    } else if constexpr (std::same_as<T, Outcome>) {
      decode_word(json, value, {Outcome::valid, Outcome::unknown, Outcome::invalid}, path);
    } else if constexpr (std::same_as<T, Kind>) {
      decode_word(json, value, {Kind::invoke, Kind::ok, Kind::fail, Kind::info}, path);
    } else if constexpr (std::same_as<T, std::pair<std::string, std::string>>) {
      if (!json.is_array() || json.size() != 2) refuse(path, "a pair of texts");
      decode(json[0], value.first, path + "[0]");
      decode(json[1], value.second, path + "[1]");
    } else if constexpr (std::same_as<T, std::string>) {
      if (!json.is_string()) refuse(path, "a text");
      value = json.template get<std::string>();
    } else if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) refuse(path, "true or false");
      value = json.template get<bool>();
    } else if constexpr (std::same_as<T, double>) {
      if (!json.is_number()) refuse(path, "a number");
      value = json.template get<double>();
    } else if constexpr (std::is_integral_v<T>) {
      decode_whole(json, value, path, "a whole number that fits");
    } else {
      const Reader reader(json, path);
      fields(reader, value);
    }
  }

  template <class T>
  static void decode_whole(const Json& json, T& value, const std::string& path,
                           const std::string& wanted) {
    if (json.is_number_unsigned()) {
      const auto number = json.get<std::uint64_t>();
      if (!std::in_range<T>(number)) refuse(path, wanted);
      value = static_cast<T>(number);
    } else if (json.is_number_integer()) {
      const auto number = json.get<std::int64_t>();
      if (!std::in_range<T>(number)) refuse(path, wanted);
      value = static_cast<T>(number);
    } else {
      refuse(path, wanted);
    }
  }

  template <class T>
  static void decode_word(const Json& json, T& value, std::initializer_list<T> words,
                          const std::string& path) {
    std::string known;
    for (const T word : words) {
      if (json.is_string() && json.get_ref<const std::string&>() == to_string(word)) {
        value = word;
        return;
      }
      known += (known.empty() ? "" : ", ") + std::string(to_string(word));
    }
    refuse(path, "one of " + known);
  }

  const Json& json_;
  std::string path_;
};

// A counterexample points into its own calls, and they return after they are invoked: the drawings
// rely on it.
void check_places(const Results& results) {
  for (const Verdict& verdict : results.verdicts) {
    for (const Counterexample& shown : verdict.counterexamples) {
      const auto refuse = [&] {
        throw UsageError("results: the counterexample of key " + plain(shown.key, 60) +
                         " does not hang together; was the file edited?");
      };
      for (const ShownCall& call : shown.calls)
        if (call.returned < call.invoked) refuse();
      const auto check = [&](const auto& places) {
        for (const auto& place : places)
          if (place.call >= shown.calls.size()) refuse();
      };
      check(shown.order);
      check(shown.blocked);
      for (const LegalOrder& other : shown.other_orders) check(other.order), check(other.blocked);
    }
  }
}

}  // namespace

std::string results_to_json(const Results& results) {
  Json document = Json::object();
  document["schema"] = schema;
  document.update(encode(results));
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Results results_from_json(const std::string& text) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& e) {
    throw UsageError("results: no JSON at byte " + std::to_string(e.byte) +
                     "; the file is cut or was edited");
  }
  const auto it = document.is_object() ? document.find("schema") : document.end();
  if (it == document.end() || *it != schema)
    throw UsageError("results: schema " +
                     (it == document.end() ? std::string("missing") : plain(it->dump(), 80)) +
                     ", but this clew reads " + std::string(schema) +
                     "; use the clew that wrote the file");
  Results results;
  const Reader reader(document, "");
  fields(reader, results);
  check_places(results);
  return results;
}

}  // namespace clew
