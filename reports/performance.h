#pragma once

#include <vector>

#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// Latencies and rates of the client operations of `history`. Latency is that
// of ok operations; percentiles are by nearest rank. Completions are counted
// in the bin in which they came; what never came back is in no bin.
Performance measure(const History& history, const std::vector<FaultRecord>& faults);

// Nearest rank: the smallest latency that at least `share` of all do not exceed; 0 of none.
// Those before `settled` are the smallest already; afterwards those up to the answer are.
Nanos percentile(std::vector<Nanos>& latencies, double share, std::size_t settled = 0);

// From the first invocation of a client to its last completion; {0, 0} without any.
struct Stretch {
  Nanos from{}, to{};
};
Stretch stretch(const History& history);

}  // namespace clew
