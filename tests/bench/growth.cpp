// How the cost of judging one register grows with clients, values and unknown
// outcomes: the table in checkers/README.md.  clew_growth

#include <malloc.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "checkers/lazy.h"
#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

std::string measure(const testing::Load& load) {
  Rng rng(1);
  const History history(testing::long_history(rng, load));
  const auto parts = partition(history);
  const auto key = normalise<CasRegister>(history, parts.at(0), FailMeans::observed);
  const auto calls = register_calls<CasRegister>(key.calls);
  Budget budget;
  const auto begin = Clock::now();
  budget.deadline = begin + std::chrono::seconds(10);
  Finding finding = decide_by_zones(calls, key.values.size());
  if (finding.answer == Answer::not_applicable) finding = decide_lazily(calls, budget);
  const std::chrono::duration<double, std::micro> took = Clock::now() - begin;
  if (finding.answer != Answer::valid) return "-";
  char text[32];
  const double each = took.count() / static_cast<double>(load.calls);
  std::snprintf(text, sizeof text, each < 100 ? "%.2g" : "%.0f", each);
  return text;
}

// A line of /proc/self/status, in kB.
long status(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  return 0;
}

// What judging a million calls with unique values takes at its peak beside the calls
// themselves, the replay of the order included.
void peak_memory() {
  Rng rng(1);
  KeyCalls<CasRegister> key;
  {
    const History history(
        testing::long_history(rng, {.calls = 1'000'000, .clients = 100, .unknown = 0.05}));
    key = normalise<CasRegister>(history, partition(history).at(0), FailMeans::observed);
  }
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // The peak is counted anew.
  const long before = status("VmRSS");
  const auto calls = register_calls<CasRegister>(key.calls);
  const Finding finding = decide_by_zones(calls, key.values.size());
  const bool valid = explains<CasRegister>(key.calls, finding.order);
  std::printf("\n10^6 unique values: %s, %ld MB at the peak beside the calls' own %zu MB\n",
              valid ? "valid" : "not valid", (status("VmHWM") - before) / 1024,
              key.calls.capacity() * sizeof(key.calls[0]) >> 20);
}

void row(const std::string& name, std::int64_t values, double cas) {
  for (const double unknown : {0.0, 0.05}) {
    std::printf("| %s | %.0f %% |", name.c_str(), unknown * 100);
    for (const std::size_t clients : {3U, 10U, 30U, 100U}) {
      testing::Load load{.calls = 20'000, .clients = clients, .values = values};
      load.unknown = unknown;
      load.cas = cas;
      load.refusals = cas > 0;
      std::printf(" %s |", measure(load).c_str());
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace clew

int main() {
  clew::peak_memory();
  std::printf("| values | unknown | 3 clients | 10 | 30 | 100 |\n|---|---|---|---|---|---|\n");
  clew::row("unique", 0, 0);
  clew::row("1,000", 1000, 0);
  clew::row("50", 50, 0);
  clew::row("5", 5, 0);
  clew::row("2", 2, 0);
  clew::row("unique, half of the writes cas", 0, 0.5);
  clew::row("5, half of the writes cas", 5, 0.5);
}
