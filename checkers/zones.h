#pragma once

#include <vector>

#include "checkers/answer.h"
#include "checkers/models/cas_register.h"

namespace clew {

// Decides a register whose written values are all different (Gibbons & Korach
// 1997, "Testing shared memories", section 5), with compare-and-swaps and calls
// of unknown outcome, in O(n log n).
//
// Then each read names the write it saw. Writes that were read or swapped from
// must have happened, other unknown ones need not. A write and the swaps that
// start from it form a block: once begun, nobody else may write until its last
// call. Every block has a zone, from its first return to its last invocation;
// there is an order iff no two zones demand the register at the same time.
//
// A refused cas ("the register did not hold a") is not covered: without them an
// `invalid` stands; a `valid` has them placed into its order afterwards.
//
// not_applicable: two writes of one value, or of nil, or refusals that found no
// place in the order that was made (another one might have room).
Answer decide_by_zones(const std::vector<Call<CasRegister>>& calls);

}  // namespace clew
