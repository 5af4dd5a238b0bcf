#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// What the faults of a run did to its clients, operation by operation.

// A stretch in which no operation succeeded.
struct Outage {
  Nanos from{}, to{};
};

struct Disturbance {
  std::string id{};  // Of the fault.
  Tally ops{};       // Completions while it was in force; refused ones are no failures.
  std::uint64_t refused = 0;
  Nanos first_trouble = never;    // From `applied` to the first fail or info, while in force.
  Nanos first_ok = never;         // From `applied` to the first ok, however late.
  Nanos first_ok_healed = never;  // From `healed` to the first ok.
  Nanos full_rate = never;        // From `healed` until 90 % of the quiet rate was reached.
};

struct Disturbances {
  Nanos outage_limit{};  // Stretches longer than this are outages.
  std::vector<Outage> outages{};
  std::vector<Disturbance> faults{};  // Those that took effect, in the order of the results.
  double quiet_rate = 0;              // Median of ok completions a second outside of all faults.
};

Disturbances measure_disturbances(const History& history, const Results& results);

}  // namespace clew
