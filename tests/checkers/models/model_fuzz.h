#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/rng.h"
#include "tests/checkers/kin.h"

namespace clew::testing {

struct ModelFuzzCount {
  std::uint64_t histories = 0, valid = 0;
  std::uint64_t polynomial = 0, frontier = 0, wgl = 0;  // How often each gave an answer.
  std::uint64_t cores = 0;                              // Counterexamples judged again.
  std::uint64_t certificates = 0;                       // That clew-verify accepted.
  KinCount kin{};                                       // Histories whose verdict follows.
};

// The models that model_fuzz_once() knows.
std::vector<std::string> fuzzed_models();

// One random small history of the model: every engine by itself and the whole
// checker must say what trying all orders of the plain program says. Returns
// what is wrong, with the history; "" if all agree.
std::string model_fuzz_once(const std::string& model, Rng& rng, ModelFuzzCount& count);

}  // namespace clew::testing
