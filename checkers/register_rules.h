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

// How many of the calls may have written.
std::size_t count_mutations(const std::vector<Call<CasRegister>>& calls);

// Of a part of a key's calls, those by which it can prove anything about the
// whole: all but the refused swaps, unless nothing that may have written was
// left out. What was in the way of a swap may be among what was left out; what
// was read, or swapped away, was written by a call that closed_units() keeps.
// (Take an order of the whole and leave out calls that wrote nothing that is
// seen in the part: each answer still follows the write that gave it. So a part
// without an order condemns the whole.)
std::vector<std::size_t> provable(const std::vector<Call<CasRegister>>& calls,
                                  std::size_t mutations_in_key);

// Groups that can be taken out of a failing history without making a new
// failure: a write leaves together with what reads its value or swaps from it.
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
