#pragma once

#include <cstdint>
#include <string>

#include "harness/rng.h"

namespace clew::testing {

struct LargeCount {
  std::uint64_t histories = 0, calls = 0;
  std::uint64_t valid = 0, invalid = 0;  // Of the honest ones; of those with a lie.
  std::uint64_t unknown = 0;             // The checker could not tell, which is no error.
};

// A history of a few hundred calls of the model by concurrent clients, with unknown and failed
// outcomes, valid by construction; and the same with a few calls of a stranger whom no object
// can have answered so. Neither is judged to be the other. Returns what is wrong; "" if nothing.
std::string model_large_once(const std::string& model, Rng& rng, LargeCount& count);

}  // namespace clew::testing
