#pragma once

#include <cstdint>
#include <string>

#include "harness/rng.h"

namespace clew::testing {

struct WeakerCount {
  std::uint64_t histories = 0, linearizable = 0, sequential = 0;
  std::uint64_t kept = 0, broken = 0,
                undecided = 0;  // Guarantees of those that are not sequential.
  std::uint64_t stale = 0;      // Reads.
};

// One random small history of a register: the weaker models and the count of
// stale reads must say what trying all orders says. Returns what is wrong, with
// the history; "" if all agree.
std::string weaker_fuzz_once(Rng& rng, WeakerCount& count);

}  // namespace clew::testing
