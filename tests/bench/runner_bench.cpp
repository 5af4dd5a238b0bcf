// How many operations a second the runner drives and the recorder writes when
// the system costs nothing. Jepsen's interpreter: about 20,000.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "harness/runner.h"

namespace clew {
namespace {

class Nothing final : public Client {
 public:
  Completion invoke(const Op& /*op*/, Deadline /*deadline*/) override { return Completion::ok({}); }
};

void everything_recorded(benchmark::State& state) {
  const auto workers = static_cast<std::size_t>(state.range(0));
  constexpr std::int64_t operations = 1'000'000;
  const auto folder =
      std::filesystem::temp_directory_path() / ("clew-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  for (auto _ : state) {
    const auto file = folder / "history.jsonl";
    std::filesystem::remove(file);
    Recorder recorder(file, Clock::now());
    std::vector<Seat> seats(workers);
    for (Seat& seat : seats)
      seat = {.node = "n1", .connect = [] { return std::make_unique<Nothing>(); }};
    Runner runner(std::move(seats), recorder, {});
    std::int64_t value = 0;
    Gen load = limit(
        operations, repeat([&value](const Context& context) {
          return Op{.f = "write", .key = context.rng.chance(0.5) ? "k1" : "k2", .value = ++value};
        }));
    runner.run(*load, {});
    recorder.finish();
    if (recorder.events() != 2 * operations) state.SkipWithError("events are missing");
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(state.iterations() * operations);
}
BENCHMARK(everything_recorded)
    ->Arg(1)
    ->Arg(2)
    ->Arg(10)
    ->Arg(50)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace clew
