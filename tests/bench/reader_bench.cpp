// From a file of JSONL to a History: the quick reader against the plain one, on the same lines.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "harness/atomic_file.h"
#include "harness/history.h"
#include "harness/history_file.h"
#include "harness/rng.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

// Calls of ten clients on a thousand keys, one after another, as a run records them.
std::string lines_of(std::int64_t calls) {
  Rng rng(1);
  std::string text;
  std::int64_t time = 1'203'841;
  for (std::int64_t call = 0; call < calls; ++call) {
    Op op{.index = 2 * call, .time = Nanos(time += 1000)};
    op.process = call % 10;
    op.f = call % 2 == 0 ? "write" : "read";
    op.key = "k" + std::to_string(rng.below(1000));
    op.node = "n" + std::to_string(op.process % 5 + 1);
    if (op.f == "write") op.value = Value(call);
    append_history_line(text, op);
    op.index = 2 * call + 1;
    op.time = Nanos(time += 1000);
    op.kind = Kind::ok;
    op.value = Value(call);
    append_history_line(text, op);
  }
  return text;
}

void read_quickly(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "history.jsonl";
  const std::string text = lines_of(state.range(0));
  write_file_atomically(path, text);
  for (auto _ : state) {
    History history(read_history_file(path).ops);
    benchmark::DoNotOptimize(history);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void read_plainly(benchmark::State& state) {
  const std::string text = lines_of(state.range(0));
  for (auto _ : state) {
    std::vector<Op> ops;
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      ops.push_back(parse_history_line(std::string_view(text).substr(at, end - at), ++number));
      at = end + 1;
    }
    History history(std::move(ops));
    benchmark::DoNotOptimize(history);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(read_quickly)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(read_plainly)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace clew
