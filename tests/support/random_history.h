#pragma once

#include <vector>

#include "harness/op.h"
#include "harness/rng.h"

namespace clew::testing {

struct HistoryShape {
  int processes = 3;
  int calls = 8;
  int values = 3;         // 0: every written value is different.
  double cas = 0.3;       // Shares of the calls; the rest are half reads, half writes.
  double unknown = 0.15;  // Ends in info, or never ends.
  double failed = 0.05;
  double lie = 0;   // Chance that one answer of the whole history is changed.
  int gap_max = 2;  // Time between events: 0 makes many equal times.
};

// Simulates a register that is linearizable by construction: each call takes
// effect at one moment within its time (unknown ones perhaps much later, or
// never). Then, perhaps, tells one lie. Events in order of time.
std::vector<Op> random_history(const HistoryShape& shape, Rng& rng);

}  // namespace clew::testing
