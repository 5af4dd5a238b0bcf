// clew_checker_fuzz COUNT [SEED]: random histories against all orders, until one differs.
#include <cstdlib>
#include <iostream>
#include <numeric>

#include "tests/checkers/fuzz.h"

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  clew::testing::FuzzCount done;
  for (std::uint64_t i = 0; i < count; ++i) {
    // Each history has its own stream, so that one can be made again by itself.
    clew::Rng rng = clew::Rng::stream(seed, std::to_string(i));
    const std::string wrong = clew::testing::fuzz_once(rng, done);
    if (wrong.empty()) continue;
    std::cerr << "history " << i << " of seed " << seed << ": " << wrong;
    return 1;
  }
  std::cout << done.histories << " histories, " << done.valid << " valid; answers of zones "
            << done.zones << ", lazy " << done.lazy << ", frontier " << done.frontier << ", wgl "
            << done.wgl << "; counterexamples judged again " << done.cores
            << ", of registers named " << done.named << ", not named " << done.unnamed
            << "; certificates verified " << done.orders << " orders, " << done.condemned
            << " cores; streams " << done.streams << ", of which " << done.unsure
            << " could not tell; histories that are kin "
            << std::accumulate(done.kin.begin(), done.kin.end(), 0ULL) << "; no difference\n";
}
