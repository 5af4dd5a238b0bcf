// clew_model_fuzz MODEL [COUNT [SEED]]: random histories of a model against all orders of its
// plain program, until one differs. MODEL may be `all`.
#include <cstdlib>
#include <iostream>

#include "tests/checkers/models/model_fuzz.h"

int main(int argc, char** argv) {
  using namespace clew::testing;
  const std::string wanted = argc > 1 ? argv[1] : "all";
  const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  bool known = false;
  for (const std::string& model : fuzzed_models()) {
    if (wanted != "all" && wanted != model) continue;
    known = true;
    ModelFuzzCount done;
    for (std::uint64_t i = 0; i < count; ++i) {
      // Each history has its own stream, so that one can be made again by itself.
      clew::Rng rng = clew::Rng::stream(seed, model + " " + std::to_string(i));
      const std::string wrong = model_fuzz_once(model, rng, done);
      if (wrong.empty()) continue;
      std::cerr << model << ", history " << i << " of seed " << seed << ": " << wrong;
      return 1;
    }
    std::cout << model << ": " << done.histories << " histories, " << done.valid
              << " valid; answers of the polynomial decider " << done.polynomial << ", frontier "
              << done.frontier << ", wgl " << done.wgl << "; counterexamples judged again "
              << done.cores << ", certificates " << done.certificates << "; no difference"
              << std::endl;
  }
  if (!known) {
    std::cerr << "there is no model " << wanted << "; there is all";
    for (const std::string& model : fuzzed_models()) std::cerr << ", " << model;
    std::cerr << "\n";
  }
  return known ? 0 : 1;
}
