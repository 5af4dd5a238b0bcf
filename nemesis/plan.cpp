#include "nemesis/plan.h"

#include <algorithm>

#include "harness/error.h"
#include "harness/nearest.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names ids_of(const std::vector<FaultRecord>& schedule) {
  Names ids;
  for (const FaultRecord& entry : schedule) ids.push_back(entry.id);
  return ids;
}

void need_id(const std::string& id, const std::vector<FaultRecord>& schedule) {
  const Names ids = ids_of(schedule);
  if (!contains(ids, id)) throw UsageError(unknown_name("fault id", id, ids));
}

// Whether it is "hit:ID" or "not-hit:ID"; ID must be in the schedule.
bool names_hit(const std::string& where, const std::vector<FaultRecord>& schedule) {
  const auto hit = parse_hit_target(where);
  if (hit) need_id(hit->id, schedule);
  return hit.has_value();
}

void check_target(const Fault& fault, const FaultRecord& entry,
                  const std::vector<FaultRecord>& schedule, std::span<const std::string> nodes) {
  Names known = fault.targets();
  const bool hits_nodes = contains(known, "one");
  if (hits_nodes && names_hit(entry.target, schedule)) return;
  if (is_target(known, entry.target, nodes)) return;
  if (hits_nodes) known.insert(known.end(), nodes.begin(), nodes.end());
  throw UsageError(unknown_name("target of " + entry.fault, entry.target, known));
}

void check_trigger(const Trigger& trigger, const std::vector<FaultRecord>& schedule,
                   std::span<const std::string> nodes) {
  if (trigger.event.empty()) return;
  if (!contains(trigger_events(), trigger.event))
    throw UsageError(unknown_name("event", trigger.event, trigger_events()));
  if (trigger.event == "applied" || trigger.event == "healed") need_id(trigger.match, schedule);
  if (!trigger.after.empty()) need_id(trigger.after, schedule);
  if (!trigger.node.empty() && !names_hit(trigger.node, schedule) &&
      !are_nodes(trigger.node, nodes))
    throw UsageError("'" + trigger.node + "' is no node; write n2, hit:ID or not-hit:ID");
  if (trigger.count < 1) throw UsageError("count must be 1 or more");
  if (trigger.delay < Nanos{0}) throw UsageError("delay must not be negative");
}

std::string ordinal(int count) {
  const int tens = count % 100;
  const int ones = count % 10;
  const bool teen = tens > 10 && tens < 14;
  return std::to_string(count) + (!teen && ones == 1   ? "st"
                                  : !teen && ones == 2 ? "nd"
                                  : !teen && ones == 3 ? "rd"
                                                       : "th");
}

}  // namespace

std::unique_ptr<Fault> make_fault(const FaultRecord& entry) {
  const auto& known = FaultRegistry::instance().find("fault", entry.fault);
  Options options;
  Names names;
  for (const OptionSpec& spec : known.options) {
    names.emplace_back(spec.name);
    const bool has_fallback = !spec.fallback.empty();
    options.set(names.back(), has_fallback ? Names{std::string(spec.fallback)} : Names{});
  }
  for (const auto& [name, value] : entry.parameters) {
    if (!contains(names, name))
      throw UsageError(names.empty() ? "'" + name + "': " + entry.fault + " has no parameters"
                                     : unknown_name("parameter of " + entry.fault, name, names));
    options.set(name, {value});
  }
  return known.make(options);
}

void check_entry(const FaultRecord& entry, const std::vector<FaultRecord>& schedule,
                 std::span<const std::string> nodes) {
  const std::unique_ptr<Fault> fault = make_fault(entry);
  const Names kinds = fault->kinds();
  if (!kinds.empty() && !contains(kinds, entry.kind))
    throw UsageError(unknown_name("kind of " + entry.fault, entry.kind, kinds));
  if (kinds.empty() && !entry.kind.empty())
    throw UsageError("'" + entry.kind + "': " + entry.fault + " has no kinds");
  check_target(*fault, entry, schedule, nodes);
  check_trigger(entry.on, schedule, nodes);
  check_trigger(entry.until, schedule, nodes);
}

const std::vector<std::string>& trigger_events() {
  static const Names events{"ack", "log", "fsync", "leader", "applied", "healed"};
  return events;
}

std::string sentence_of(const Trigger& trigger) {
  const std::string which = trigger.count == 1 ? "" : ordinal(trigger.count) + " ";
  std::string text;
  if (trigger.event == "ack")
    text =
        "the " + which + "acknowledged " + (trigger.match == "any" ? "operation" : trigger.match);
  if (trigger.event == "fsync")
    text = "the " + which + "fsync of a file like '" + trigger.match + "'";
  if (trigger.event == "log") text = "the " + which + "log line like '" + trigger.match + "'";
  if (trigger.event == "leader") text = "the " + which + "new leader";
  if (trigger.event == "applied") text = trigger.match + " being applied";
  if (trigger.event == "healed") text = trigger.match + " being healed";
  if (const auto hit = parse_hit_target(trigger.node)) {
    text += " at a node that " + hit->id + (hit->others ? " did not hit" : " hit");
  } else if (!trigger.node.empty()) {
    text += " at " + trigger.node;
  }
  if (!trigger.after.empty()) text += " after " + trigger.after + " was applied";
  if (trigger.delay > Nanos{0}) text += ", " + format_duration(trigger.delay) + " later";
  return text;
}

}  // namespace clew
