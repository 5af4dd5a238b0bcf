// A soak: judges COUNT operations on rotating keys while they are made, and says
// what it cost.  clew_soak 100000000

#include <sys/resource.h>

#include <cstdlib>
#include <iostream>

#include "checkers/models/cas_register.h"
#include "checkers/register_judge.h"
#include "tests/support/endless_load.h"

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  clew::testing::EndlessLoad load({}, 1);
  clew::RegisterJudge<clew::CasRegister> judge(clew::FailMeans::observed);
  const auto begin = clew::Clock::now();
  std::uint64_t told = 0;
  while (load.invoked() < count) {
    judge.feed(load.next());
    if (load.invoked() >= told + count / 10) {
      told = load.invoked();
      std::cout << told << " operations, " << judge.judged() << " judged, about "
                << judge.bytes() / 1000 << " kB\n"
                << std::flush;
    }
  }
  judge.finish();
  const std::chrono::duration<double> took = clew::Clock::now() - begin;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::cout << to_string(judge.outcome()) << ", " << judge.judged() << " of " << count
            << " operations judged in " << took.count() << " s; at most " << usage.ru_maxrss / 1024
            << " MB in all\n";
  return judge.outcome() == clew::Outcome::valid ? 0 : 1;
}
