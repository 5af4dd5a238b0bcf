#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "harness/fault_record.h"

namespace clew {

// A schedule as people write it, TOML; nemesis/README.md describes it with examples:
//
//   [[fault]]
//   id = "cut"                       # default: the fault and a number, "partition#1"
//   fault = "partition"
//   target = "leader"                # default "one", or the fault's first target
//   at = "5s"                        # or: on = { ack = "write", count = 100 }
//   lasts = "3s"                     # or: until = { leader = "any" }, or both: what comes first
//   flap = "200ms"                   # a parameter of the fault
//
// Entries in the order of the file. Throws UsageError naming file, line and what is
// wrong, with the nearest name for an unknown key, fault, kind, target or parameter.
std::vector<FaultRecord> read_schedule(const std::filesystem::path& file,
                                       std::span<const std::string> nodes);

// The same as text: reading it gives the same schedule.
std::string schedule_to_toml(const std::vector<FaultRecord>& schedule);

}  // namespace clew
