// clew_weaker_fuzz COUNT [SEED]: random histories against all orders, until one differs.
#include <cstdlib>
#include <iostream>

#include "tests/checkers/weaker_fuzz.h"

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  clew::testing::WeakerCount done;
  for (std::uint64_t i = 0; i < count; ++i) {
    clew::Rng rng = clew::Rng::stream(seed, std::to_string(i));
    const std::string wrong = clew::testing::weaker_fuzz_once(rng, done);
    if (wrong.empty()) continue;
    std::cerr << "history " << i << " of seed " << seed << ": " << wrong << "\n";
    return 1;
  }
  std::cout << done.histories << " histories, " << done.linearizable << " linearizable, "
            << done.sequential << " sequential; of the others' guarantees " << done.kept
            << " kept, " << done.broken << " broken, " << done.undecided << " undecided; "
            << done.stale << " stale reads; no difference\n";
}
