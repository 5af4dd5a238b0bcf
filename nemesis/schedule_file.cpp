#include "nemesis/schedule_file.h"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <charconv>
#include <map>
#include <set>

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "harness/nearest.h"
#include "nemesis/plan.h"

namespace clew {
namespace {

// Where in the file, in front of what is wrong there.
[[noreturn]] void fail(const std::string& where, const toml::node& node, const std::string& what) {
  throw UsageError(where + ":" + std::to_string(node.source().begin.line) + ": " + what);
}

Nanos need_duration(const std::string& where, const toml::node& node, const std::string& key) {
  std::string text;
  if (const auto typed = node.value_exact<std::string>()) text = *typed;
  if (const auto seconds = node.value_exact<std::int64_t>()) text = std::to_string(*seconds);
  const auto duration = text.empty() ? std::nullopt : parse_duration(text);
  if (!duration) fail(where, node, key + " must be a duration as \"5s\" or \"250ms\"");
  return *duration;
}

std::string need_text(const std::string& where, const toml::node& node, const std::string& key) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  fail(where, node, key + " must be a string");
}

Trigger read_trigger(const std::string& where, const toml::node& node, const std::string& key) {
  const toml::table* table = node.as_table();
  if (table == nullptr) fail(where, node, key + " must be a table as { ack = \"write\" }");
  const std::vector<std::string>& events = trigger_events();
  Trigger trigger;
  for (const auto& [name_view, value] : *table) {
    const std::string name(name_view.str());
    if (name == "node") {
      trigger.node = need_text(where, value, name);
    } else if (name == "after") {
      trigger.after = need_text(where, value, name);
    } else if (name == "delay") {
      trigger.delay = need_duration(where, value, name);
    } else if (name == "count") {
      const auto count = value.value_exact<std::int64_t>();
      if (!count || *count < 1 || *count > 1'000'000'000)
        fail(where, value, "count must be a whole number of 1 or more");
      trigger.count = static_cast<int>(*count);
    } else if (std::find(events.begin(), events.end(), name) != events.end()) {
      if (!trigger.event.empty())
        fail(where, value, key + " waits for one event, not for " + trigger.event + " and " + name);
      trigger.event = name;
      trigger.match = need_text(where, value, name);
    } else {
      std::vector<std::string> known = events;
      known.insert(known.end(), {"node", "after", "count", "delay"});
      fail(where, value, unknown_name("part of " + key, name, known));
    }
  }
  if (trigger.event.empty())
    fail(where, node, key + " names no event: one of ack, log, leader, applied, healed");
  return trigger;
}

// Parameters may be written as what they are: flap = "200ms", loss = 0.2, links = true.
std::string parameter_text(const std::string& where, const toml::node& node,
                           const std::string& key) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  if (const auto real = node.value_exact<double>()) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), *real);
    return {digits.data(), end};
  }
  fail(where, node, key + " must be a string, a number, true or false");
}

std::string target_text(const std::string& where, const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return need_text(where, node, "target");
  std::string text;
  for (const toml::node& name : *list)
    text += (text.empty() ? "" : "+") + need_text(where, name, "target");
  return text;
}

class EntryReader {
 public:
  EntryReader(std::string where, const toml::table& table)
      : where_(std::move(where)), table_(table) {}

  FaultRecord read() {
    for (const auto& [name_view, value] : table_) {
      const std::string name(name_view.str());
      if (name == "at")
        at_ = need_duration(where_, value, name);
      else if (name == "lasts")
        entry_.lasts = need_duration(where_, value, name);
      else if (name == "on")
        entry_.on = read_trigger(where_, value, name);
      else if (name == "until")
        entry_.until = read_trigger(where_, value, name);
      else if (name == "target")
        entry_.target = target_text(where_, value);
      else if (name == "id")
        entry_.id = need_text(where_, value, name);
      else if (name == "fault")
        entry_.fault = need_text(where_, value, name);
      else if (name == "kind")
        entry_.kind = need_text(where_, value, name);
      else
        entry_.parameters.emplace_back(name, parameter_text(where_, value, name));
    }
    time();
    return entry_;
  }

 private:
  void time() {
    if (entry_.fault.empty()) fail(where_, table_, "names no fault");
    const bool waits = !entry_.on.event.empty();
    if (!at_ && !waits) fail(where_, table_, "has neither at nor on: when does it begin?");
    if (entry_.lasts == never && entry_.until.event.empty())
      fail(where_, table_, "has neither lasts nor until: when does it end?");
    if (entry_.lasts <= Nanos{0}) fail(where_, table_, "lasts must be above 0");
    entry_.planned = at_.value_or(Nanos{0});
    entry_.planned_heal = waits || entry_.lasts == never ? never : entry_.planned + entry_.lasts;
    if (!waits) entry_.lasts = never;
  }

  std::string where_;
  const toml::table& table_;
  FaultRecord entry_;
  std::optional<Nanos> at_;
};

// A key that is none of an entry's is a parameter of its fault, or a typo of either.
void check_keys(const FaultRecord& entry) {
  std::vector<std::string> known{"id", "fault", "kind", "target", "at", "on", "lasts", "until"};
  for (const OptionSpec& spec : FaultRegistry::instance().find("fault", entry.fault).options)
    known.emplace_back(spec.name);
  for (const auto& [name, value] : entry.parameters)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError(unknown_name("key of a " + entry.fault, name, known));
}

// What was left out of an entry and can be told.
void complete(FaultRecord& entry, std::map<std::string, int>& numbers) {
  if (entry.id.empty()) entry.id = entry.fault + "#" + std::to_string(++numbers[entry.fault]);
  if (!entry.target.empty()) return;
  const std::vector<std::string> targets = make_fault(entry)->targets();
  entry.target = targets.empty() ? "" : targets.front();
}

std::vector<FaultRecord> read_entries(const std::string& where, const toml::table& root,
                                      std::span<const std::string> nodes) {
  for (const auto& [name, value] : root)
    if (name != "fault")
      fail(where, value,
           unknown_name("table", std::string(name.str()), {"fault"}) +
               "; a schedule is a list of [[fault]]");
  const toml::array* list = root["fault"].as_array();
  if (list == nullptr || list->empty() || !list->is_homogeneous(toml::node_type::table))
    throw UsageError(where + ": a schedule is a list of [[fault]], and there is none");
  std::vector<FaultRecord> schedule;
  std::map<std::string, int> numbers;
  std::set<std::string> ids;
  const auto each = [&](const toml::node& node, const auto& step) {
    try {
      step();
    } catch (const UsageError& e) {
      const std::string text = e.what();
      if (text.starts_with(where)) throw;
      fail(where, node, text);
    }
  };
  for (const toml::node& node : *list)
    each(node, [&] {
      FaultRecord entry = EntryReader(where, *node.as_table()).read();
      check_keys(entry);
      complete(entry, numbers);
      if (!ids.insert(entry.id).second)
        throw UsageError("two faults with the id '" + entry.id + "'");
      schedule.push_back(std::move(entry));
    });
  for (std::size_t i = 0; i < schedule.size(); ++i)
    each((*list)[i], [&] { check_entry(schedule[i], schedule, nodes); });
  return schedule;
}

std::string quoted(const std::string& text) {
  std::string out;
  append_json_string(out, text);  // A JSON string is a TOML basic string.
  return out;
}

// Exact: a schedule that is printed and read again is the same.
std::string duration_text(Nanos duration) {
  const auto ns = duration.count();
  for (const auto& [unit, size] :
       {std::pair<const char*, std::int64_t>{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}})
    if (ns % size == 0) return quoted(std::to_string(ns / size) + unit);
  return quoted(std::to_string(ns) + "ns");
}

std::string trigger_text(const Trigger& trigger) {
  std::string text = "{ " + trigger.event + " = " + quoted(trigger.match);
  if (!trigger.node.empty()) text += ", node = " + quoted(trigger.node);
  if (!trigger.after.empty()) text += ", after = " + quoted(trigger.after);
  if (trigger.count != 1) text += ", count = " + std::to_string(trigger.count);
  if (trigger.delay != Nanos{0}) text += ", delay = " + duration_text(trigger.delay);
  return text + " }";
}

}  // namespace

std::vector<FaultRecord> read_schedule(const std::filesystem::path& file,
                                       std::span<const std::string> nodes) {
  try {
    return read_entries(file.string(), toml::parse(read_file(file), file.string()), nodes);
  } catch (const toml::parse_error& e) {
    throw UsageError(file.string() + ":" + std::to_string(e.source().begin.line) + ":" +
                     std::to_string(e.source().begin.column) + ": " + std::string(e.description()));
  }
}

std::string schedule_to_toml(const std::vector<FaultRecord>& schedule) {
  std::string text;
  for (const FaultRecord& entry : schedule) {
    const bool waits = !entry.on.event.empty();
    const Nanos lasts = waits                         ? entry.lasts
                        : entry.planned_heal == never ? never
                                                      : entry.planned_heal - entry.planned;
    text += (text.empty() ? "[[fault]]\n" : "\n[[fault]]\n");
    text += "id = " + quoted(entry.id) + "\nfault = " + quoted(entry.fault) + "\n";
    if (!entry.kind.empty()) text += "kind = " + quoted(entry.kind) + "\n";
    text += "target = " + quoted(entry.target) + "\n";
    if (!waits || entry.planned > Nanos{0}) text += "at = " + duration_text(entry.planned) + "\n";
    if (waits) text += "on = " + trigger_text(entry.on) + "\n";
    if (lasts != never) text += "lasts = " + duration_text(lasts) + "\n";
    if (!entry.until.event.empty()) text += "until = " + trigger_text(entry.until) + "\n";
    for (const auto& [name, value] : entry.parameters)
      text += name + " = " + (value == "true" || value == "false" ? value : quoted(value)) + "\n";
  }
  return text;
}

}  // namespace clew
