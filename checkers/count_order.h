#pragma once

#include <vector>

#include "checkers/engine.h"

namespace clew {

// A call on a counter all of whose steps are alike, so that it counts them.
struct CountCall : Interval {
  bool steps = false;
  bool sees = false;       // It was answered how many steps there were, its own among them.
  std::int64_t count = 0;  // If it sees.
};

// Decides such a counter, in O(n log n). Always applicable.
Finding decide_count(const std::vector<CountCall>& calls);

}  // namespace clew
