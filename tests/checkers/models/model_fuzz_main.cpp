// clew_model_fuzz MODEL [COUNT [SEED]]: random histories of a model against all orders of its
// plain program, until one differs. MODEL may be `all`.
// clew_model_fuzz --large MODEL [COUNT [SEED]]: large ones that are valid by construction, and the
// same with a lie, until one is judged to be the other.
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <stdexcept>

#include "tests/checkers/models/large.h"
#include "tests/checkers/models/model_fuzz.h"

namespace {

using namespace clew::testing;

// Calls `once` that often; throws what it finds wrong.
template <class Count>
Count repeat(std::string (*once)(const std::string&, clew::Rng&, Count&), const std::string& model,
             std::uint64_t count, std::uint64_t seed) {
  Count done;
  for (std::uint64_t i = 0; i < count; ++i) {
    // Each history has its own stream, so that one can be made again by itself.
    clew::Rng rng = clew::Rng::stream(seed, model + " " + std::to_string(i));
    const std::string wrong = once(model, rng, done);
    if (!wrong.empty())
      throw std::runtime_error(model + ", history " + std::to_string(i) + " of seed " +
                               std::to_string(seed) + ": " + wrong);
  }
  return done;
}

void small(const std::string& model, std::uint64_t count, std::uint64_t seed) {
  const auto done = repeat<ModelFuzzCount>(model_fuzz_once, model, count, seed);
  std::cout << model << ": " << done.histories << " histories, " << done.valid
            << " valid; answers of the polynomial decider " << done.polynomial << ", frontier "
            << done.frontier << ", wgl " << done.wgl << "; counterexamples judged again "
            << done.cores << ", certificates " << done.certificates << ", histories that are kin "
            << std::accumulate(done.kin.begin(), done.kin.end(), 0ULL) << "; no difference"
            << std::endl;
}

void large(const std::string& model, std::uint64_t count, std::uint64_t seed) {
  const auto done = repeat<LargeCount>(model_large_once, model, count, seed);
  std::cout << model << ": " << done.histories << " large histories of " << done.calls
            << " calls, judged valid " << done.valid << ", and with a lie invalid " << done.invalid
            << "; not decided " << done.unknown << "; none judged wrong" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const bool of_large = argc > 1 && std::string(argv[1]) == "--large";
  if (of_large) --argc, ++argv;
  const std::string wanted = argc > 1 ? argv[1] : "all";
  const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  bool known = false;
  try {
    for (const std::string& model : fuzzed_models()) {
      if (wanted != "all" && wanted != model) continue;
      known = true;
      (of_large ? large : small)(model, count, seed);
    }
  } catch (const std::exception& error) {
    std::cerr << error.what();
    return 1;
  }
  if (!known) {
    std::cerr << "there is no model " << wanted << "; there is all";
    for (const std::string& model : fuzzed_models()) std::cerr << ", " << model;
    std::cerr << "\n";
  }
  return known ? 0 : 1;
}
