#pragma once

#include <cstdint>
#include <string>

#include "harness/rng.h"
#include "tests/checkers/kin.h"

namespace clew::testing {

struct FuzzCount {
  std::uint64_t histories = 0, valid = 0;
  // How often each engine gave an answer.
  std::uint64_t zones = 0, lazy = 0, frontier = 0, wgl = 0;
  std::uint64_t streams = 0, unsure = 0;    // Judged while they were made; without an answer.
  std::uint64_t cores = 0;                  // Counterexamples that were judged again.
  std::uint64_t named = 0, unnamed = 0;     // Violations of registers with a class, without.
  std::uint64_t orders = 0, condemned = 0;  // Certificates that clew-verify accepted.
  KinCount kin{};                           // Histories whose verdict follows.
};

// One random small history: every engine by itself and the whole checker must
// say what trying all orders says. Returns what is wrong, with the history; "" if
// all agree.
std::string fuzz_once(Rng& rng, FuzzCount& count);

}  // namespace clew::testing
