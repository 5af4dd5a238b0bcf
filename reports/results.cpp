#include "reports/results.h"

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "harness/error.h"
#include "reports/wording.h"

namespace clew {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view schema = "clew.results/1";

// A type is described once, by fields(archive, value); a Writer and a Reader
// walk the same description, so what is written is what is read.
template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <class A, Is<Tally> T>
void fields(A& a, T& t) {
  a.derived("total", [&] { return t.total(); });
  a("ok", t.ok);
  a("fail", t.fail);
  a("info", t.info);
}

template <class A, Is<TimeBin> T>
void fields(A& a, T& t) {
  a("from_ns", t.from);
  a("to_ns", t.to);
  a("ops", t.ops);
  a("p50_ns", t.p50);
  a("p95_ns", t.p95);
  a("p99_ns", t.p99);
  a("max_ns", t.max);
}

template <class A, Is<Performance> T>
void fields(A& a, T& t) {
  a("p50_ns", t.p50);
  a("p95_ns", t.p95);
  a("p99_ns", t.p99);
  a("max_ns", t.max);
  a("p99_quiet_ns", t.p99_quiet);
  a("p99_fault_ns", t.p99_fault);
  a("longest_outage_ns", t.longest_outage);
  a("outage_from_ns", t.outage_from);
  a("ok_per_second", t.ok_per_second);
  a("bins", t.bins);
}

template <class A, Is<ShownCall> T>
void fields(A& a, T& t) {
  a("index", t.index);
  a("process", t.process);
  a("node", t.node);
  a("f", t.f);
  a("text", t.text);
  a("invoked_ns", t.invoked);
  a("returned_ns", t.returned);
  a("outcome", t.outcome);
}
template <class A, Is<Step> T>
void fields(A& a, T& t) {
  a("call", t.call);
  a("state", t.state);
}
template <class A, Is<Blocked> T>
void fields(A& a, T& t) {
  a("call", t.call);
  a("reason", t.reason);
}
template <class A, Is<LegalOrder> T>
void fields(A& a, T& t) {
  a("order", t.order);
  a("blocked", t.blocked);
}

template <class A, Is<Counterexample> T>
void fields(A& a, T& t) {
  a("key", t.key);
  a("class", t.anomaly);
  a("sentence", t.sentence);
  a("let_then", t.let_then);
  a("minimal", t.minimal);
  a("calls_in_key", t.calls_in_key);
  a("calls", t.calls);
  a("order", t.order);
  a("blocked", t.blocked);
  a("other_orders", t.other_orders);
}

template <class A, Is<Guarantee> T>
void fields(A& a, T& t) {
  a("name", t.name);
  a("verdict", t.outcome);
  a.nullable("reason", t.reason);
  a.nullable("key", t.key);
}
template <class A, Is<StaleReads> T>
void fields(A& a, T& t) {
  a("node", t.node);
  a("reads", t.reads);
  a("stale", t.stale);
  a("median_ns", t.median);
  a("worst_ns", t.worst);
}
template <class A, Is<Staleness> T>
void fields(A& a, T& t) {
  a("all", t.all);
  a("nodes", t.nodes);
}
template <class A, Is<Classification> T>
void fields(A& a, T& t) {
  a("f", t.f);
  a("error", t.error);
  a("calls", t.calls);
  a("ops", t.ops);
}

template <class A, Is<Audit> T>
void fields(A& a, T& t) {
  a("keys", t.keys);
  a("resting", t.resting);
  a("undecided", t.undecided);
  a("whole", t.whole);
  a("needed", t.needed);
  a.nullable("cause", t.cause);
}

template <class A, Is<KeyVerdict> T>
void fields(A& a, T& t) {
  a("key", t.key);
  a("verdict", t.outcome);
  a.nullable("cause", t.cause);
  a("engine", t.engine);
  a("calls", t.calls);
  a("unknown_calls", t.unknown_calls);
  a("max_concurrency", t.max_concurrency);
  a("check_ns", t.check_time);
  a("configurations", t.configurations);
  a.nullable("still_holds", t.still_holds);
}

template <class A, Is<Verdict> T>
void fields(A& a, T& t) {
  a("name", t.checker);
  a("verdict", t.outcome);
  a.nullable("cause", t.cause);
  a("reason", t.reason);
  a("model", t.model);
  a("exact", t.exact);
  a("check_ns", t.check_time);
  a("dropped_calls", t.dropped_calls);
  a("anomalies", t.counterexamples);
  a("still_holds", t.guarantees);
  a.optional("staleness", t.staleness);
  a.optional("rests_on", t.audit);
  a("keys", t.keys);
}

template <class A, Is<FaultRecord> T>
void fields(A& a, T& t) {
  a("id", t.id);
  a("fault", t.fault);
  a("target", t.target);
  a("planned_ns", t.planned);
  a("planned_heal_ns", t.planned_heal);
  a("applied_ns", t.applied);
  a("healed_ns", t.healed);
  a("hit", t.hit);
  a("verified", t.verified);
  a("evidence", t.evidence);
  a("verified_healed", t.verified_healed);
  a("heal_evidence", t.heal_evidence);
  a("error", t.error);
}

template <class A, Is<LeaderSpan> T>
void fields(A& a, T& t) {
  a("node", t.node);
  a("term", t.term);
  a("from_ns", t.from);
  a("to_ns", t.to);
}

std::size_t keys_with(const Results& r, Outcome outcome) {
  std::size_t count = 0;
  for (const Verdict& verdict : r.verdicts)
    for (const KeyVerdict& key : verdict.keys) count += key.outcome == outcome ? 1 : 0;
  return count;
}

template <class A, Is<Results> T>
void what_was_run(A& a, T& t) {
  a("system", t.system);
  a("system_version", t.system_version);
  a("workload", t.workload);
  a("nemesis", t.nemesis);
  a("seed", t.seed);
  a("nodes", t.nodes);
  a("concurrency", t.concurrency);
  a("time_limit_ns", t.time_limit);
  a("started", t.started);
  a("clew_version", t.clew_version);
  a("environment", t.environment);
  a("repeat", t.repeat_command);
  a("check", t.check_command);
}

template <class A, Is<Results> T>
void fields(A& a, T& t) {
  a("verdict", t.outcome);
  a.nullable("cause", t.cause);
  a("sentence", t.sentence);
  a("exit", t.exit_code);
  a.derived("job", [&] { return job_name(t); });
  what_was_run(a, t);
  a("duration_ns", t.duration);
  a("ops", t.ops);
  a("by_function", t.by_function);
  a("by_node", t.by_node);
  a("errors", t.errors);
  a.group("keys", [&](auto& keys) {
    keys.derived("valid", [&] { return keys_with(t, Outcome::valid); });
    keys.derived("invalid", [&] { return keys_with(t, Outcome::invalid); });
    keys.derived("unknown", [&] { return keys_with(t, Outcome::unknown); });
  });
  a("checkers", t.verdicts);
  a("faults", t.faults);
  a("leaders", t.leaders);
  a.group("coverage", [&](auto& coverage) {
    coverage("leader_changes", t.leader_changes);
    coverage("vacuous", t.vacuous);
  });
  a("warnings", t.warnings);
  a("perf", t.performance);
  a("files", t.files);
}

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
