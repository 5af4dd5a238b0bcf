#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/fault_record.h"
#include "harness/nemesis.h"

namespace clew {

// The fault of a schedule's entry, made with its parameters. Throws UsageError
// with the nearest name for an unknown fault or parameter, or for a bad value.
std::unique_ptr<Fault> make_fault(const FaultRecord& entry);

// Whether an entry can be played on these nodes (none: n1, n2 ... are taken on
// trust): fault, kind, target, parameters, triggers, and that the faults it names
// are in `schedule`. Throws UsageError with what is wrong and the nearest name.
void check_entry(const FaultRecord& entry, const std::vector<FaultRecord>& schedule,
                 std::span<const std::string> nodes);

// What a Trigger may wait for: the names of Trigger::event.
const std::vector<std::string>& trigger_events();

// "the 100th acknowledged write at n2 after cut was applied, 5 ms later"
std::string sentence_of(const Trigger& trigger);

}  // namespace clew
