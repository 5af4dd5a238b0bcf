// What judging costs: one key, many clients; and recorded histories of etcd.
//   clew_checker_bench --benchmark_filter=Unique

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "checkers/import.h"
#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

void judge(benchmark::State& state, const testing::Load& load) {
  Rng rng(1);
  const History history(testing::long_history(rng, load));
  Limits limits;
  limits.threads = 1;
  limits.time = std::chrono::seconds(60);
  const auto checker = linearizable<CasRegister>();
  std::string engine;
  double configurations = 0;
  for (auto _ : state) {
    const Verdict verdict = checker->check(history, limits, {});
    if (verdict.outcome != Outcome::valid) state.SkipWithError(verdict.reason.c_str());
    engine = verdict.keys.at(0).engine;
    configurations = static_cast<double>(verdict.keys.at(0).configurations);
  }
  state.SetLabel(engine);
  state.counters["configurations"] = configurations;
  state.SetItemsProcessed(static_cast<std::int64_t>(load.calls) *
                          static_cast<std::int64_t>(state.iterations()));
}

// Arguments: calls, clients, per cent unknown.
void unique_values(benchmark::State& state) {
  judge(state, {.calls = static_cast<std::size_t>(state.range(0)),
                .clients = static_cast<std::size_t>(state.range(1)),
                .unknown = static_cast<double>(state.range(2)) / 100});
}
BENCHMARK(unique_values)
    ->ArgsProduct({{100'000, 1'000'000}, {10, 100}, {0, 5}})
    ->Unit(benchmark::kMillisecond);

void swaps_and_refusals(benchmark::State& state) {
  judge(state, {.calls = static_cast<std::size_t>(state.range(0)),
                .clients = static_cast<std::size_t>(state.range(1)),
                .cas = 0.5,
                .refusals = true});
}
BENCHMARK(swaps_and_refusals)->Args({100'000, 5})->Unit(benchmark::kMillisecond);

void five_values(benchmark::State& state) {
  judge(state, {.calls = static_cast<std::size_t>(state.range(0)),
                .clients = static_cast<std::size_t>(state.range(1)),
                .values = 5,
                .unknown = static_cast<double>(state.range(2)) / 100});
}
BENCHMARK(five_values)
    ->Args({10'000, 5, 0})
    ->Args({10'000, 5, 1})
    ->Args({1'000, 10, 0})
    ->Unit(benchmark::kMillisecond);

void etcd_logs(benchmark::State& state) {
  const char* given = std::getenv("CLEW_HISTORIES");
  const fs::path folder =
      fs::path(given != nullptr ? given : "../shared/histories") / "porcupine-etcd";
  std::vector<History> histories;
  std::size_t valid = 0;
  if (fs::exists(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      histories.push_back(load_history(text, FailMeans::observed));
    }
  }
  if (histories.empty()) {
    state.SkipWithError("no recorded histories; CLEW_HISTORIES names their folder");
    return;
  }
  Limits limits;
  limits.threads = 1;
  const auto checker = linearizable<CasRegister>();
  for (auto _ : state) {
    valid = 0;
    for (const History& history : histories)
      valid += checker->check(history, limits, {}).outcome == Outcome::valid;
  }
  state.SetLabel(std::to_string(histories.size()) + " histories, " + std::to_string(valid) +
                 " valid, counterexamples made and proved");
}
BENCHMARK(etcd_logs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace clew
