#pragma once

#include <vector>

#include "checkers/engine.h"

namespace clew {

// Decides a register whose every written value is unique, in O(n) but for
// refused cas, which are sorted (Gibbons and Korach 1997, extended to chains of cas
// and to unknown outcomes; checkers/README.md has the argument).
//
//   not applicable   some value is written twice, or the initial nil is written
//                    again, or a refused cas does not fit the order that was found
//   invalid, valid   as they are
//
// `calls` sorted by invocation, positions without gaps; `values`: every atom is smaller.
Finding decide_by_zones(const std::vector<RegisterCall>& calls, std::size_t values);

}  // namespace clew
