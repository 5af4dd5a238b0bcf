#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "checkers/calls.h"
#include "checkers/models/cas_register.h"

namespace clew {

// What is known about registers beyond their model: which calls cannot matter,
// which belong together, and what kind of mistake a history shows.

// The calls that matter, by position in `calls`: an unknown write whose value
// nobody saw or swapped from can be left out, because no other call can only
// have succeeded thanks to it. Not where a cas was refused: there its value may
// have been what was in the way.
std::vector<std::size_t> observable(const std::vector<Call<CasRegister>>& calls);

// Groups that can be taken out of a failing history without making a new
// failure: a write leaves together with what reads it or swaps from it.
std::vector<std::vector<std::size_t>> closed_units(const std::vector<Call<CasRegister>>& calls);

// "never-written", "lost-update", "stale-read", "non-monotonic-read" or "contradiction".
std::string classify(const std::vector<Call<CasRegister>>& calls);

// The read that the anomaly is about, and the mutation or read that it
// contradicts; History::none where there is none.
struct Culprits {
  std::size_t read = static_cast<std::size_t>(-1);
  std::size_t newer = static_cast<std::size_t>(-1);
};
Culprits culprits(const std::vector<Call<CasRegister>>& calls);

// "write 7", "read -> 7", "cas 3 -> 4: refused".
std::string describe(const Call<CasRegister>& call, const Interner& interner);

// Why the call cannot come next in `state`; empty if it can.
std::string objection(const Call<CasRegister>& call, CasRegister::State state,
                      const Interner& interner);

}  // namespace clew
