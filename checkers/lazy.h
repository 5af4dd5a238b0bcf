#pragma once

#include <vector>

#include "checkers/engine.h"

namespace clew {

// Decides any history of a register, as LazyRegister does it. `calls` sorted by
// invocation, positions without gaps.
//   not applicable   more calls are open at once than a LazyRegister can hold
//   unknown          the budget ran out
Finding decide_lazily(const std::vector<RegisterCall>& calls, const Budget& budget);

}  // namespace clew
