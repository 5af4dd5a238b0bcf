#pragma once

#include <string>
#include <vector>

#include "harness/fault_record.h"
#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// How fast the system made progress again: acknowledged an operation that changes
// something, or any where the workload has none of these.
//
// Also the claim that every consensus system makes, (n-1)/2: while a minority of
// `nodes` is down it makes progress, while a majority is down it acknowledges
// nothing. Down are the nodes that kill, pause and power-loss hit, as long as that
// was proven and nothing else can have started them again; stretches in which other
// faults may have been in force prove nothing about progress.
Recovery measure_recovery(const History& history, const std::vector<FaultRecord>& faults,
                          std::size_t nodes);

// A condition on a run's figures, as typed: "recovery<10s", "outage<5s", "p99<100ms",
// or "quorum", the claim above. Throws UsageError naming the nearest.
Gate parse_gate(const std::string& text);

// Fills in, for each of the results' gates, what was measured and whether it held.
void measure_gates(Results& results);

}  // namespace clew
