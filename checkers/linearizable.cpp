#include "checkers/linearizable.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "checkers/explain.h"
#include "checkers/frontier.h"
#include "checkers/shrink.h"
#include "checkers/wgl.h"
#include "checkers/zones.h"
#include "harness/error.h"

namespace clew {
namespace {

using Calls = std::vector<Call<CasRegister>>;

constexpr auto shrink_patience = std::chrono::seconds(5);
constexpr std::size_t reprove_calls_max = 1000;  // Also how deep its recursion goes.

struct KeyResult {
  KeyVerdict verdict{};
  std::optional<Counterexample> counterexample{};
};

Calls pick(const Calls& calls, const std::vector<std::size_t>& positions) {
  Calls picked;
  picked.reserve(positions.size());
  for (const std::size_t i : positions) picked.push_back(calls[i]);
  return picked;
}

// Judges one key.
class KeyJudge {
 public:
  KeyJudge(const History& history, const Interner& interner, const KeyCalls<CasRegister>& key,
           Engine engine, const Limits& limits, std::size_t memory, Deadline deadline,
           std::stop_token stop)
      : history_(history),
        interner_(interner),
        key_(key),
        engine_(engine),
        limits_(limits),
        memory_(memory),
        deadline_(deadline),
        stop_(std::move(stop)) {}

  KeyResult judge() {
    const auto begin = Clock::now();
    KeyVerdict& verdict = result_.verdict;
    verdict.key = key_.key;
    verdict.calls = key_.calls.size();
    for (const auto& call : key_.calls) verdict.unknown_calls += call.known() ? 0U : 1U;
    verdict.max_concurrency = max_concurrency(key_.calls);
    const Calls calls = pick(key_.calls, observable(key_.calls));
    Budget budget(deadline_, memory_, stop_);
    if (!budget.look()) {
      unknown(budget.cause());
    } else {
      decide(calls, budget);
    }
    verdict.check_time = Clock::now() - begin;
    return std::move(result_);
  }

 private:
  void unknown(const std::string& cause) {
    result_.verdict.outcome = Outcome::unknown;
    result_.verdict.cause = cause;
  }

  Answer ask(const Calls& calls, Budget& budget, std::string* engine) const {
    if (engine_ == Engine::best) {
      Answer answer = decide_by_zones(calls);
      if (engine != nullptr) *engine = "zones";
      if (answer.kind != Answer::Kind::not_applicable) return answer;
    }
    if (engine != nullptr) *engine = "frontier";
    return Frontier<CasRegister>(calls, budget).decide();
  }

  void decide(const Calls& calls, Budget& budget) {
    const Answer answer = ask(calls, budget, &result_.verdict.engine);
    result_.verdict.configurations = answer.configurations;
    switch (answer.kind) {
      case Answer::Kind::valid:
        if (!is_linearization(calls, answer.order))
          throw HarnessError("key '" + key_.key + "': the order that " + result_.verdict.engine +
                             " found does not replay: a bug in the checker");
        result_.verdict.outcome = Outcome::valid;
        return;
      case Answer::Kind::invalid: prove_and_explain(calls, answer); return;
      default: unknown(budget.cause().empty() ? "internal error: no answer" : budget.cause());
    }
  }

  void prove_and_explain(const Calls& calls, const Answer& answer) {
    mutations_ = count_mutations(calls);
    std::vector<std::size_t> core = answer.core;
    if (core.empty() || !fails(pick(calls, core), "")) core = everything(calls.size());
    const std::string anomaly = classify(pick(calls, core));
    const Deadline until = std::min(deadline_, Clock::now() + shrink_patience);
    const Shrunk small = shrink(
        calls, core, [&](const Calls& subset) { return fails(subset, anomaly); },
        [&] { return Clock::now() < until && !stop_.stop_requested(); });
    const Calls smallest = pick(calls, small.calls);
    const Calls shown = pick(smallest, provable(smallest, mutations_));
    if (!prove_again(shown)) return;
    result_.verdict.outcome = Outcome::invalid;
    Budget budget(Clock::now() + shrink_patience, memory_, stop_);
    result_.counterexample =
        explain(history_, key_.key, shown, interner_, small.minimal, key_.calls.size(), budget);
  }

  static std::vector<std::size_t> everything(std::size_t count) {
    std::vector<std::size_t> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = i;
    return all;
  }

  // By what is provable, with the same mistake; "" is any.
  bool fails(const Calls& part, const std::string& anomaly) const {
    const Calls calls = pick(part, provable(part, mutations_));
    if (!anomaly.empty() && classify(calls) != anomaly) return false;
    Budget budget(std::min(deadline_, Clock::now() + shrink_patience), memory_, stop_);
    return ask(calls, budget, nullptr).kind == Answer::Kind::invalid;
  }

  // By another engine than the one that said so. False: it could not, and the key is unknown.
  bool prove_again(const Calls& calls) {
    Answer::Kind kind = Answer::Kind::unknown;
    Budget budget(std::max(deadline_, Clock::now() + shrink_patience), memory_, stop_);
    if (calls.size() <= reprove_calls_max) kind = Wgl<CasRegister>(calls, budget).decide().kind;
    if (kind == Answer::Kind::unknown && result_.verdict.engine == "zones" &&
        budget.cause().empty())
      kind = Frontier<CasRegister>(calls, budget).decide().kind;
    if (kind == Answer::Kind::valid)
      throw HarnessError("key '" + key_.key + "': the engines disagree about " +
                         std::to_string(calls.size()) + " calls: a bug in the checker");
    if (kind == Answer::Kind::invalid) return true;
    unknown(budget.cause().empty() ? "a violation was found, but not proved by a second engine"
                                   : budget.cause());
    return false;
  }

  const History& history_;
  const Interner& interner_;
  const KeyCalls<CasRegister>& key_;
  const Engine engine_;
  const Limits& limits_;
  const std::size_t memory_;
  const Deadline deadline_;
  const std::stop_token stop_;
  std::size_t mutations_ = 0;  // Of the whole key.
  KeyResult result_{};
};

// Runs `work(i)` for each i below `count` on several threads, dearest first; rethrows the first
// throw.
void in_parallel(unsigned threads, std::size_t count,
                 const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned t = 1; t < std::min<std::size_t>(threads, count); ++t) helpers.emplace_back(loop);
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

class Linearizable final : public Checker {
 public:
  explicit Linearizable(Engine engine) : engine_(engine) {}

  Verdict check(const History& history, const Limits& limits, std::stop_token stop) const override {
    const auto begin = Clock::now();
    Interner interner;
    auto keys = calls_by_key<CasRegister>(history, interner);
    std::stable_sort(keys.begin(), keys.end(),
                     [](const auto& a, const auto& b) { return a.calls.size() > b.calls.size(); });
    const unsigned threads =
        std::max(1U, limits.threads == 0 ? std::thread::hardware_concurrency() : limits.threads);
    std::vector<KeyResult> results(keys.size());
    in_parallel(threads, keys.size(), [&](std::size_t i) {
      results[i] = KeyJudge(history, interner, keys[i], engine_, limits,
                            limits.memory_bytes / threads, begin + limits.time, stop)
                       .judge();
    });
    Verdict verdict{.checker = "linearizable", .model = std::string(CasRegister::name)};
    for (const auto& key : keys) verdict.dropped_calls += key.dropped;
    merge(verdict, results, limits.counterexamples);
    verdict.check_time = Clock::now() - begin;
    return verdict;
  }

 private:
  static void merge(Verdict& verdict, std::vector<KeyResult>& results,
                    std::size_t counterexamples_max) {
    // Bad keys first, then by name, "k9" before "k10".
    std::sort(results.begin(), results.end(), [](const KeyResult& a, const KeyResult& b) {
      const auto rank = [](const KeyResult& r) {
        return std::tuple(-static_cast<int>(r.verdict.outcome), r.verdict.key.size(),
                          r.verdict.key);
      };
      return rank(a) < rank(b);
    });
    std::size_t bad = 0;
    for (KeyResult& result : results) {
      verdict.outcome = std::max(verdict.outcome, result.verdict.outcome);
      bad += result.verdict.outcome == Outcome::invalid ? 1U : 0U;
      if (result.verdict.outcome == Outcome::unknown && verdict.cause.empty())
        verdict.cause = result.verdict.cause;
      if (result.counterexample)
        verdict.counterexamples.push_back(std::move(*result.counterexample));
      verdict.keys.push_back(std::move(result.verdict));
    }
    // What was seen first in the run is told first.
    std::stable_sort(verdict.counterexamples.begin(), verdict.counterexamples.end(),
                     [](const Counterexample& a, const Counterexample& b) {
                       return a.calls.back().invoked < b.calls.back().invoked;
                     });
    if (verdict.counterexamples.size() > counterexamples_max)
      verdict.counterexamples.resize(counterexamples_max);
    if (verdict.outcome == Outcome::invalid) {
      verdict.cause.clear();
      verdict.reason = std::to_string(bad) + " of " + std::to_string(results.size()) +
                       " keys: no order of the calls explains their answers";
    } else if (verdict.outcome == Outcome::unknown) {
      verdict.reason = "not every key could be decided: " + verdict.cause;
    } else {
      verdict.reason = "every key has an order that explains its answers";
    }
  }

  Engine engine_;
};

}  // namespace

template <>
std::unique_ptr<Checker> linearizable<CasRegister>(Engine engine) {
  return std::make_unique<Linearizable>(engine);
}

}  // namespace clew
