#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/clock.h"
#include "harness/value.h"

namespace clew {

inline constexpr Nanos never = Nanos::max();  // It has not happened.

// What a fault waits for before it begins or is healed: the `count`-th of these
// events, and `delay` after it. With no event: nothing but the clock.
//
//   ack      a client's operation was acknowledged; `match`: its function, "any"
//   log      a line of a node's log; `match`: a regular expression, ECMAScript
//   fsync    a node begins an fsync; `match`: a regular expression found in the file's path
//   leader   a node was seen to lead in a new term
//   applied  a fault took hold; `match`: its id
//   healed   a fault was healed; `match`: its id
struct Trigger {
  std::string event{};
  std::string match{};
  // Where: "n2"; "hit:ID", "not-hit:ID" are the nodes that fault ID hit, and the others; "": any.
  std::string node{};
  std::string after{};  // Only what happens once fault ID has been applied counts.
  int count = 1;
  Nanos delay{};

  bool operator==(const Trigger&) const = default;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;  // Option and value, by name.

// One fault as schedule.jsonl tells it: planned, applied, healed. All times
// since the start of the run.
struct FaultRecord {
  // The plan.
  std::string id{};      // "partition#3"
  std::string fault{};   // "partition"
  std::string kind{};    // "delay", of a fault that has kinds.
  std::string target{};  // As planned: "leader", "halves"; never empty.
  Parameters parameters{};
  Nanos planned{};        // Not before.
  Nanos planned_heal{};   // Not after; `never` while it waits for `on`, or has no end but `until`.
  Trigger on{}, until{};  // What begins and ends it, beside the clock.
  Nanos lasts = never;    // With `on`: planned_heal comes this long after it fired.
  // What happened.
  Nanos due = never;      // When all it waited for had come about.
  std::string cause{};    // What it had waited for: "write of k3 acknowledged by n2".
  std::string leader{};   // Who led then, as last heard; empty: nobody known.
  Nanos applied = never;  // inject() returned.
  Nanos healing = never;  // heal() was called.
  Nanos healed = never;   // heal() returned.
  Value hit{};            // What was resolved when it fired: {"nodes":["n2"]}.
  bool verified =
      false;  // Evidence was seen while it was in force; otherwise it counts as not applied.
  std::string evidence{};
  bool verified_healed = false;
  std::string heal_evidence{};
  std::string error{};  // Why it could not be applied or healed.
};

// The nodes that a fault's `hit` names as the ones it struck: "nodes", "from", or the
// first side of a "cut".
std::vector<std::string> nodes_hit(const Value& hit);

// A stretch in which a node claimed to lead, as polled from the node itself.
struct LeaderSpan {
  std::string node{};
  std::int64_t term = 0;
  Nanos from{};
  Nanos to{};  // Last time it was seen claiming.
};

}  // namespace clew
