// What judging costs: one key, many clients; and recorded histories of etcd.
//   clew_checker_bench --benchmark_filter=Unique

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "checkers/crew.h"
#include "checkers/import.h"
#include "checkers/lazy.h"
#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/counter.h"
#include "checkers/models/versioned_register.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

std::vector<History> recorded_logs() {
  const char* given = std::getenv("CLEW_HISTORIES");
  const fs::path folder =
      fs::path(given != nullptr ? given : "../shared/histories") / "porcupine-etcd";
  std::vector<History> histories;
  if (!fs::exists(folder)) return histories;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    histories.push_back(load_history(text, FailMeans::observed));
  }
  return histories;
}

void judge(benchmark::State& state, const testing::Load& load, unsigned threads) {
  Rng rng(1);
  const History history(testing::long_history(rng, load));
  Limits limits;
  limits.threads = threads;
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

// One key that was parsed beforehand: to the verdict, its order replayed.
struct Parsed {
  KeyCalls<CasRegister> key;
  std::vector<RegisterCall> calls;

  explicit Parsed(const History& history)
      : key(normalise<CasRegister>(history, partition(history).at(0), FailMeans::observed)),
        calls(register_calls<CasRegister>(key.calls)) {}

  Answer judge(double& configurations) const {
    const Budget budget;
    Finding finding = decide_by_zones(calls, key.values.size());
    if (finding.answer == Answer::not_applicable) finding = decide_lazily(calls, budget);
    configurations = static_cast<double>(finding.configurations);
    if (finding.answer == Answer::valid && !explains<CasRegister>(key.calls, finding.order))
      return Answer::not_applicable;
    return finding.answer;
  }
};

// A read near the end gets the value that it would have got long before.
void make_stale(Parsed& parsed) {
  const auto fits = [](const RegisterCall& call) {
    return call.act == Act::read && call.known() && call.from != nil_atom;
  };
  const auto first = std::find_if(parsed.calls.begin(), parsed.calls.end(), fits);
  const auto late = static_cast<std::ptrdiff_t>(parsed.calls.size() * 9 / 10);
  std::find_if(parsed.calls.begin() + late, parsed.calls.end(), fits)->from = first->from;
}

void judge_parsed(benchmark::State& state, const testing::Load& load, bool stale = false) {
  Rng rng(1);
  Parsed parsed{History(testing::long_history(rng, load))};
  if (stale) make_stale(parsed);
  double configurations = 0;
  for (auto _ : state)
    if (parsed.judge(configurations) != (stale ? Answer::invalid : Answer::valid))
      state.SkipWithError("another verdict was expected");
  state.counters["configurations"] = configurations;
  state.SetItemsProcessed(static_cast<std::int64_t>(load.calls) *
                          static_cast<std::int64_t>(state.iterations()));
}

// Arguments: calls, clients, per cent unknown, whether a read is stale.
void unique_values(benchmark::State& state) {
  judge_parsed(state,
               {.calls = static_cast<std::size_t>(state.range(0)),
                .clients = static_cast<std::size_t>(state.range(1)),
                .unknown = static_cast<double>(state.range(2)) / 100},
               state.range(3) != 0);
}
BENCHMARK(unique_values)
    ->ArgsProduct({{1'000'000}, {10, 100}, {0, 5}, {0, 1}})
    ->ArgsProduct({{10'000, 100'000, 10'000'000}, {100}, {5}, {0}})
    ->Unit(benchmark::kMillisecond);

// Arguments: calls, clients, per cent unknown.
void five_values(benchmark::State& state) {
  judge_parsed(state, {.calls = static_cast<std::size_t>(state.range(0)),
                       .clients = static_cast<std::size_t>(state.range(1)),
                       .values = 5,
                       .unknown = static_cast<double>(state.range(2)) / 100});
}
BENCHMARK(five_values)
    ->ArgsProduct({{10'000, 100'000, 1'000'000, 10'000'000}, {100}, {5}})
    ->Unit(benchmark::kMillisecond);

// Arguments: per cent unknown, whether refusals are recorded, seed.
void hard_swaps(benchmark::State& state) {
  Rng rng(static_cast<std::uint64_t>(state.range(2)));
  const Parsed parsed{
      History(testing::long_history(rng, {.calls = 2000,
                                          .clients = 30,
                                          .values = 5,
                                          .unknown = static_cast<double>(state.range(0)) / 100,
                                          .cas = 0.5,
                                          .refusals = state.range(1) != 0}))};
  double configurations = 0;
  for (auto _ : state)
    if (parsed.judge(configurations) != Answer::valid) state.SkipWithError("it has an order");
  state.counters["configurations"] = configurations;
}
BENCHMARK(hard_swaps)->ArgsProduct({{0, 3}, {0, 1}, {1, 2, 3}})->Unit(benchmark::kMillisecond);

// One key that takes ten million configurations, on as many threads as the argument says.
void one_hard_key(benchmark::State& state) {
  Rng rng(1);
  const Parsed parsed{History(testing::long_history(
      rng,
      {.calls = 2000, .clients = 30, .values = 5, .unknown = 0.03, .cas = 0.5, .refusals = true}))};
  Crew crew(static_cast<unsigned>(state.range(0)));
  Budget budget;
  budget.crew = &crew;
  Finding finding;
  for (auto _ : state) {
    finding = decide_lazily(parsed.calls, budget);
    if (finding.answer != Answer::valid) state.SkipWithError("it has an order");
  }
  state.counters["configurations"] = static_cast<double>(finding.configurations);
}
BENCHMARK(one_hard_key)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// Twenty busy clients of a counter or a versioned register, half of whose calls are
// reads. Each call takes effect when it is invoked.
template <Model M>
std::vector<Op> busy(std::size_t calls) {
  Rng rng(5);
  constexpr bool counts = std::is_same_v<M, Counter>;
  std::vector<Op> ops;
  std::vector<Op> open(20);
  std::int64_t held = 0, version = 0;
  for (std::size_t i = 0; i < calls; ++i) {
    Op& op = open[i % open.size()];
    if (op.kind == Kind::ok) ops.push_back(op);
    op = Op{};
    op.process = static_cast<std::int64_t>(i % open.size());
    op.f = rng.chance(0.5) ? "read" : counts ? "increment" : "write";
    if (op.f == "write") op.value = Value(static_cast<std::int64_t>(rng.below(5)));
    op.kind = Kind::invoke;
    ops.push_back(op);
    if (op.f == "write") held = op.value.as_int();
    version += op.f != "read";
    op.kind = Kind::ok;
    if (op.f == "read" || !counts)
      op.value = counts ? Value(version)
                        : Value(Value::List{version == 0 ? Value() : Value(held), version});
  }
  for (std::size_t i = 0; i < ops.size(); ++i)
    ops[i].index = static_cast<std::int64_t>(i), ops[i].time = Nanos(static_cast<std::int64_t>(i));
  return ops;
}

// Arguments: calls; whether the polynomial decider may be asked.
template <Model M>
void decided(benchmark::State& state) {
  const History history(busy<M>(static_cast<std::size_t>(state.range(0))));
  const auto key = normalise<M>(history, partition(history).at(0), FailMeans::observed);
  const Budget budget;
  for (auto _ : state) {
    const Finding finding = state.range(1) != 0
                                ? M::decide(key.calls, budget)
                                : Frontier<M>(key.calls, key.values.size(), budget).decide();
    if (finding.answer != Answer::valid) state.SkipWithError("it has an order");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decided<Counter>)
    ->ArgsProduct({{1000}, {0, 1}})
    ->ArgsProduct({{10'000, 1'000'000}, {1}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(decided<VersionedRegister>)
    ->ArgsProduct({{1000}, {0, 1}})
    ->ArgsProduct({{10'000, 1'000'000}, {1}})
    ->Unit(benchmark::kMillisecond);

// From the events to the verdict: 100 keys on as many threads as the argument says.
void hundred_keys(benchmark::State& state) {
  judge(state, {.calls = 1'000'000, .clients = 100, .values = 5, .unknown = 0.05, .keys = 100},
        static_cast<unsigned>(state.range(0)));
}
BENCHMARK(hundred_keys)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void etcd_logs_parsed(benchmark::State& state) {
  std::vector<Parsed> parsed;
  for (const History& history : recorded_logs()) parsed.emplace_back(history);
  if (parsed.empty()) {
    state.SkipWithError("no recorded histories; CLEW_HISTORIES names their folder");
    return;
  }
  double configurations = 0;
  std::size_t valid = 0;
  std::vector<double> best(parsed.size(), 1e9);  // Microseconds.
  for (auto _ : state) {
    valid = 0;
    for (std::size_t i = 0; i < parsed.size(); ++i) {
      const auto begin = Clock::now();
      valid += parsed[i].judge(configurations) == Answer::valid;
      const std::chrono::duration<double, std::micro> took = Clock::now() - begin;
      best[i] = std::min(best[i], took.count());
    }
  }
  state.counters["slowest_us"] = *std::max_element(best.begin(), best.end());
  state.SetLabel(std::to_string(parsed.size()) + " histories, " + std::to_string(valid) + " valid");
}
BENCHMARK(etcd_logs_parsed)->Unit(benchmark::kMicrosecond);

void etcd_logs(benchmark::State& state) {
  const std::vector<History> histories = recorded_logs();
  std::size_t valid = 0;
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
