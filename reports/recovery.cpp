#include "reports/recovery.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "harness/error.h"
#include "harness/nearest.h"
#include "reports/verbs.h"
#include "reports/wording.h"

namespace clew {
namespace {

// How long a cluster with a minority down may take until it makes progress: an
// election, and the clients' way to a node that lives.
constexpr Nanos progress_patience = std::chrono::seconds(10);

struct Progress {
  Nanos invoked{}, done{};
};

// The operations that show progress, by the time they were acknowledged; and when
// the last such operation was invoked at all.
struct ProgressLog {
  std::vector<Progress> acknowledged{};
  Nanos last_try{};

  // The first one that was acknowledged at or after `when`.
  std::optional<Nanos> first_after(Nanos when) const {
    const auto it = std::lower_bound(acknowledged.begin(), acknowledged.end(), when,
                                     [](const Progress& p, Nanos t) { return p.done < t; });
    if (it == acknowledged.end()) return std::nullopt;
    return it->done;
  }
};

ProgressLog progress_of(const History& history) {
  ProgressLog changing, all;
  const auto ops = history.ops();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].process < 0 || ops[i].kind != Kind::invoke) continue;
    const bool changes_something = changes(ops[i].f);
    for (ProgressLog* log : {&changing, &all}) {
      if (log == &changing && !changes_something) continue;
      log->last_try = std::max(log->last_try, ops[i].time);
      const std::size_t end = history.completion(i);
      if (end != History::none && ops[end].kind == Kind::ok)
        log->acknowledged.push_back({ops[i].time, ops[end].time});
    }
  }
  ProgressLog& log = changing.last_try > Nanos{0} ? changing : all;
  std::sort(log.acknowledged.begin(), log.acknowledged.end(),
            [](const Progress& a, const Progress& b) { return a.done < b.done; });
  return log;
}

bool breaks_something(const FaultRecord& fault) {
  return fault.verified && fault.applied != never && fault.fault != "ask";
}

bool other_in_force(const std::vector<FaultRecord>& faults, const FaultRecord& mine, Nanos from,
                    Nanos to) {
  return std::any_of(faults.begin(), faults.end(), [&](const FaultRecord& other) {
    return &other != &mine && breaks_something(other) && other.applied <= to && other.healed > from;
  });
}

FaultImpact impact_of(const FaultRecord& fault, const std::vector<FaultRecord>& faults,
                      const ProgressLog& log) {
  FaultImpact impact{.id = fault.id};
  if (const auto first = log.first_after(fault.applied); first && *first < fault.healed)
    impact.progress_after = *first - fault.applied;
  if (fault.healed == never || log.last_try < fault.healed) return impact;  // Nobody tried.
  const auto first = log.first_after(fault.healed);
  impact.tried_after_heal = true;
  impact.alone = !other_in_force(faults, fault, fault.healed, first.value_or(log.last_try));
  if (first) impact.recovered_after = *first - fault.healed;
  return impact;
}

// ---- The claim ----

bool is_one_of(const FaultRecord& fault, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), fault.fault) != names.end();
}

// From one end of its time to the other: nodes that are killed again and again run meanwhile.
bool keeps_nodes_down(const FaultRecord& fault) {
  const bool storms = std::any_of(fault.parameters.begin(), fault.parameters.end(),
                                  [](const auto& parameter) { return parameter.first == "storm"; });
  return breaks_something(fault) && is_one_of(fault, {"kill", "pause", "power-loss"}) && !storms;
}

// `never` of one that was left out.
Nanos begin_of(const FaultRecord& fault) {
  return fault.applied == never && fault.healing == never ? never
                                                          : std::min(fault.due, fault.applied);
}

// Whether it may have done something then, proven or not.
bool may_be_in_force(const FaultRecord& fault, Nanos when) {
  return fault.fault != "ask" && begin_of(fault) <= when && fault.healed > when;
}

// Whether the node may run although `pause` stopped its server: another fault may have
// ended that server meanwhile, and started a new one. What killed or powered off a node
// keeps it down whatever the others do, see Downs.
bool may_be_replaced(const FaultRecord& pause, const std::string& node,
                     const std::vector<FaultRecord>& faults, Nanos when) {
  return std::any_of(faults.begin(), faults.end(), [&](const FaultRecord& other) {
    if (!is_one_of(other, {"kill", "power-loss", "membership", "disk", "memory", "damage"}))
      return false;
    if (begin_of(other) > when || other.healed < pause.applied) return false;
    const std::vector<std::string> hit = nodes_hit(other.hit);
    return hit.empty() || std::find(hit.begin(), hit.end(), node) != hit.end();
  });
}

// A stretch in which the same nodes were down.
struct Stillness {
  Nanos from{}, to{};
  std::size_t down = 0;
  bool undisturbed = true;  // By faults that take no node down.
};

// What is known of the nodes right after `still.from`.
void fill(Stillness& still, const std::vector<FaultRecord>& faults) {
  std::set<std::string> down;
  for (const FaultRecord& fault : faults) {
    if (!may_be_in_force(fault, still.from)) continue;
    // While it heals, or before it is known to have been applied, nobody knows.
    const bool known =
        keeps_nodes_down(fault) && fault.applied <= still.from && fault.healing > still.from;
    still.undisturbed = still.undisturbed && known;
    if (!known) continue;
    for (const std::string& node : nodes_hit(fault.hit)) {
      if (fault.fault == "pause" && may_be_replaced(fault, node, faults, still.from)) {
        still.undisturbed = false;  // It may still hold its links.
      } else {
        down.insert(node);
      }
    }
  }
  still.down = down.size();
}

std::vector<Stillness> stretches(const std::vector<FaultRecord>& faults, Nanos end) {
  std::set<Nanos> edges{Nanos{0}, end};
  for (const FaultRecord& fault : faults)
    for (const Nanos edge : {fault.due, fault.applied, fault.healing, fault.healed})
      if (edge < end) edges.insert(edge);
  std::vector<Stillness> out;
  for (auto it = edges.begin(); std::next(it) != edges.end(); ++it) {
    Stillness still{.from = *it, .to = *std::next(it)};
    fill(still, faults);
    out.push_back(still);
  }
  return out;
}

void check_claim(Recovery& recovery, const std::vector<FaultRecord>& faults, const ProgressLog& log,
                 std::size_t nodes) {
  for (const Stillness& still : stretches(faults, log.last_try)) {
    const auto within = [&](const Progress& p) {
      return p.invoked > still.from && p.done < still.to;
    };
    if (still.down > nodes / 2) {
      ++recovery.majority_down;
      const auto it = std::find_if(log.acknowledged.begin(), log.acknowledged.end(), within);
      if (it != log.acknowledged.end())
        recovery.broken_claims.push_back("acknowledged at " + at_second(it->done) + " while " +
                                         std::to_string(still.down) + " of " +
                                         std::to_string(nodes) + " nodes were down");
    } else if (still.down > 0 && still.undisturbed) {
      const bool progress = std::any_of(log.acknowledged.begin(), log.acknowledged.end(), within);
      const bool due = still.to - still.from >= progress_patience;
      if (progress || due) ++recovery.minority_down;
      if (!progress && due)
        recovery.broken_claims.push_back("no progress from " + at_second(still.from) + " to " +
                                         at_second(still.to) + " although only " +
                                         std::to_string(still.down) + " of " +
                                         std::to_string(nodes) + " nodes were down");
    }
  }
}

constexpr std::array<std::string_view, 4> gate_names{"recovery", "outage", "p99", "quorum"};

void measure_recovery_gate(Gate& gate, const Recovery& recovery, Nanos limit) {
  gate.held = true;
  std::size_t counted_heals = 0;
  Nanos longest{};
  std::string slowest;
  for (const FaultImpact& impact : recovery.faults) {
    if (!impact.alone || !impact.tried_after_heal) continue;
    ++counted_heals;
    if (impact.recovered_after >= longest) {
      longest = impact.recovered_after;
      slowest = impact.id;
    }
  }
  if (counted_heals == 0) {
    gate.held = false;
    gate.measured = "no heal was seen to end alone: nothing to measure";
    return;
  }
  gate.held = longest < limit;
  gate.measured = longest == never ? "no progress after " + slowest + " was healed"
                                   : format_duration(longest) + " after " + slowest;
}

}  // namespace

Recovery measure_recovery(const History& history, const std::vector<FaultRecord>& faults,
                          std::size_t nodes) {
  Recovery recovery;
  if (faults.empty()) return recovery;
  const ProgressLog log = progress_of(history);
  for (const FaultRecord& fault : faults)
    if (breaks_something(fault)) recovery.faults.push_back(impact_of(fault, faults, log));
  if (nodes > 0) check_claim(recovery, faults, log, nodes);
  return recovery;
}

Gate parse_gate(const std::string& text) {
  Gate gate{.text = text};
  const std::size_t less = text.find('<');
  gate.name = text.substr(0, less);
  const std::vector<std::string> known(gate_names.begin(), gate_names.end());
  if (std::find(known.begin(), known.end(), gate.name) == known.end())
    throw UsageError("--gate: " + unknown_name("gate", gate.name, known));
  if (gate.name == "quorum") {
    if (less != std::string::npos) throw UsageError("--gate: quorum has no limit");
    return gate;
  }
  const auto limit =
      less == std::string::npos ? std::nullopt : parse_duration(text.substr(less + 1));
  if (!limit || *limit <= Nanos{0})
    throw UsageError("--gate: '" + text + "' has no limit; write " + gate.name + "<10s");
  gate.limit = *limit;
  return gate;
}

void measure_gates(Results& results) {
  for (Gate& gate : results.gates) {
    if (gate.name == "recovery") {
      measure_recovery_gate(gate, results.recovery, gate.limit);
    } else if (gate.name == "outage") {
      gate.held = results.performance.longest_outage < gate.limit;
      gate.measured = format_duration(results.performance.longest_outage) + " from " +
                      at_second(results.performance.outage_from);
    } else if (gate.name == "p99") {
      gate.held = results.performance.p99 < gate.limit;
      gate.measured = format_duration(results.performance.p99);
    } else {
      const Recovery& recovery = results.recovery;
      const bool tested = recovery.minority_down + recovery.majority_down > 0;
      gate.held = tested && recovery.broken_claims.empty();
      gate.measured = !tested ? "neither a minority nor a majority was down: nothing to measure"
                      : !gate.held
                          ? recovery.broken_claims.front()
                          : "progress in " + counted(recovery.minority_down, "period") +
                                " with a minority down, silence in " +
                                std::to_string(recovery.majority_down) + " with a majority down";
    }
  }
}

}  // namespace clew
