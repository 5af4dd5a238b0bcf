#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/fault_record.h"

namespace clew {

// One part of --nemesis: "kill:leader" is {kill, leader}; no target: drawn anew each time.
struct FaultSpec {
  std::string fault{};
  std::string target{};
};

// "partition,kill:leader,pause"; "all"; "none" and "" are no faults. Throws
// UsageError with the nearest name for an unknown fault or target.
std::vector<FaultSpec> parse_nemesis(const std::string& text);

// The faults of a run, as data, before it starts: planned times and targets, in
// the order in which they begin. Each fault class has a timeline of its own, so
// that several overlap, and adding a class changes no other. Everything is
// healed a while before `time_limit`, so that the load also sees a cluster that
// recovers.
std::vector<FaultRecord> draw_schedule(const std::vector<FaultSpec>& specs, std::uint64_t seed,
                                       Nanos time_limit, Nanos interval);

}  // namespace clew
