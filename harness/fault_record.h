#pragma once

#include <cstdint>
#include <string>

#include "harness/clock.h"
#include "harness/value.h"

namespace clew {

inline constexpr Nanos never = Nanos::max();  // It has not happened.

// One fault as schedule.jsonl tells it: planned, applied, healed. All times
// since the start of the run.
struct FaultRecord {
  std::string id{};      // "partition#3"
  std::string fault{};   // "partition"
  std::string target{};  // As planned: "leader", "halves"; never empty.
  Nanos planned{};
  Nanos planned_heal{};
  Nanos applied = never;  // inject() returned.
  Nanos healed = never;   // heal() returned.
  Value hit{};            // What was resolved when it fired: {"nodes":["n2"]}.
  bool verified =
      false;  // Evidence was seen while it was in force; otherwise it counts as not applied.
  std::string evidence{};
  bool verified_healed = false;
  std::string heal_evidence{};
  std::string error{};  // Why it could not be applied or healed.
};

// A stretch in which a node claimed to lead, as polled from the node itself.
struct LeaderSpan {
  std::string node{};
  std::int64_t term = 0;
  Nanos from{};
  Nanos to{};  // Last time it was seen claiming.
};

}  // namespace clew
