#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

using testing::Load;
using testing::long_history;

Verdict judge(std::vector<Op> ops, Engine engine = Engine::best, unsigned threads = 1) {
  Limits limits;
  limits.threads = threads;
  return linearizable<CasRegister>(engine)->check(History(std::move(ops)), limits, {});
}

// Changes one read in the last tenth into one of the very first write: a value
// long gone. Returns false if there is none to change.
bool lie(std::vector<Op>& ops) {
  Value first;
  for (const Op& op : ops) {
    if (op.kind != Kind::ok || op.f != "write") continue;
    first = op.value;
    break;
  }
  for (std::size_t i = ops.size() * 9 / 10; i < ops.size(); ++i) {
    if (ops[i].kind != Kind::ok || ops[i].f != "read") continue;
    ops[i].value = first;
    return true;
  }
  return false;
}

TEST(LargeHistories, ValidByConstructionAreValidAndOneLieIsFound) {
  Rng rng(3);
  for (const double unknown : {0.0, 0.05}) {
    for (const std::size_t clients : {std::size_t{10}, std::size_t{100}}) {
      auto ops = long_history(rng, {.calls = 50'000, .clients = clients, .unknown = unknown});
      EXPECT_EQ(judge(ops).outcome, Outcome::valid);
      ASSERT_TRUE(lie(ops));
      const Verdict verdict = judge(std::move(ops));
      ASSERT_EQ(verdict.outcome, Outcome::invalid);
      EXPECT_EQ(verdict.keys[0].engine, "zones");
      ASSERT_EQ(verdict.counterexamples.size(), 1U);
      const Counterexample& shown = verdict.counterexamples[0];
      EXPECT_EQ(shown.anomaly, "stale-read");
      EXPECT_EQ(shown.calls.size(), 3U);
      EXPECT_TRUE(shown.minimal);
      EXPECT_EQ(shown.calls_in_key, verdict.keys[0].calls);
    }
  }
}

TEST(LargeHistories, SwapsWithUniqueValuesAndRefusalsAreDecided) {
  Rng rng(4);
  auto ops = long_history(rng, {.calls = 20'000, .clients = 5, .cas = 0.5, .refusals = true});
  EXPECT_EQ(judge(ops).outcome, Outcome::valid);
  EXPECT_EQ(judge(ops, Engine::frontier).outcome, Outcome::valid);
  ASSERT_TRUE(lie(ops));
  EXPECT_EQ(judge(ops).outcome, Outcome::invalid);
  EXPECT_EQ(judge(ops, Engine::frontier).outcome, Outcome::invalid);
}

TEST(LargeHistories, TheFrontierJudgesTenThousandCallsOnFewValues) {
  Rng rng(5);
  const auto ops =
      long_history(rng, {.calls = 10'000, .clients = 5, .values = 5, .unknown = 0.01, .cas = 0.3});
  const Verdict verdict = judge(ops);
  EXPECT_EQ(verdict.outcome, Outcome::valid);
  EXPECT_EQ(verdict.keys[0].engine, "lazy");
  EXPECT_GT(verdict.keys[0].configurations, 0U);
}

TEST(LargeHistories, MoreThanSixtyFourCallsMayBeOpenAtOnce) {
  std::vector<Op> ops;
  for (int half = 0; half < 2; ++half) {
    for (std::int64_t process = 0; process < 200; ++process) {
      Op op;
      op.index = static_cast<std::int64_t>(ops.size());
      op.time = Nanos(half * 1000 + process);
      op.process = process;
      op.kind = half == 0 ? Kind::invoke : Kind::ok;
      op.f = process % 2 == 0 ? "write" : "read";
      if (process % 2 == 0 || half == 1) op.value = Value(7);
      ops.push_back(op);
    }
  }
  EXPECT_EQ(judge(ops, Engine::frontier).outcome, Outcome::valid);
  ops.back().value = Value(777);
  EXPECT_EQ(judge(ops, Engine::frontier).outcome, Outcome::invalid);
}

TEST(LargeHistories, TheVerdictIsTheSameForAnyNumberOfThreads) {
  Rng rng(6);
  auto ops = long_history(rng, {.calls = 20'000, .clients = 20, .unknown = 0.02, .keys = 37});
  ASSERT_TRUE(lie(ops));
  std::string first;
  for (const unsigned threads : {1U, 2U, 8U}) {
    const Verdict verdict = judge(ops, Engine::best, threads);
    std::string text = verdict.reason;
    for (const KeyVerdict& key : verdict.keys)
      text += "\n" + key.key + std::string(to_string(key.outcome)) + key.engine +
              std::to_string(key.calls) + " " + std::to_string(key.max_concurrency);
    for (const Counterexample& shown : verdict.counterexamples) text += "\n" + shown.sentence;
    if (first.empty()) first = text;
    EXPECT_EQ(text, first) << threads << " threads";
  }
  EXPECT_NE(first.find("invalid"), std::string::npos);
}

TEST(LargeHistories, OneHardKeyHasTheSameOrderOrViolationForAnyNumberOfThreads) {
  Rng rng(1);
  auto ops = long_history(
      rng,
      {.calls = 700, .clients = 30, .values = 5, .unknown = 0.03, .cas = 0.5, .refusals = true});
  for (const bool lies : {false, true}) {
    if (lies) {
      const auto read = std::find_if(ops.rbegin(), ops.rend(), [](const Op& op) {
        return op.kind == Kind::ok && op.f == "read";
      });
      ASSERT_NE(read, ops.rend());
      read->value = Value("never");
    }
    std::string first;
    std::uint64_t most = 0;
    for (const unsigned threads : {1U, 2U, 8U}) {
      Limits limits;
      limits.threads = threads;
      limits.proofs = true;
      const Verdict verdict = linearizable<CasRegister>()->check(History(ops), limits, {});
      EXPECT_EQ(verdict.outcome, lies ? Outcome::invalid : Outcome::valid);
      std::string text = verdict.reason;
      for (const KeyProof& proof : verdict.proofs)
        for (const std::int64_t index : proof.calls) text += " " + std::to_string(index);
      most = std::max(most, verdict.keys.at(0).configurations);
      text += " " + std::to_string(most);
      if (first.empty()) first = text;
      EXPECT_EQ(text, first) << threads << " threads";
    }
    EXPECT_GT(most, 10'000U) << "that was not hard";
  }
}

TEST(LargeHistories, WideningIntervalsKeepsThemValid) {
  Rng rng(8);
  for (const std::int64_t values : {0, 4}) {
    auto ops = long_history(rng, {.calls = 3000, .clients = 4, .values = values, .cas = 0.3});
    // Each call becomes a process of its own, begins earlier and ends later.
    std::map<std::int64_t, std::int64_t> now;
    std::int64_t fresh = 0;
    for (Op& op : ops) {
      const auto wider = static_cast<std::int64_t>(rng.below(300));
      if (op.kind == Kind::invoke) now[op.process] = fresh++;
      op.time += op.kind == Kind::invoke ? Nanos(-wider) : Nanos(wider);
      op.process = now[op.process];
    }
    EXPECT_EQ(judge(ops).outcome, Outcome::valid);
  }
}

TEST(LargeHistories, ThePrefixOfAValidHistoryIsValid) {
  Rng rng(9);
  for (const std::int64_t values : {0, 4}) {
    const auto ops = long_history(
        rng, {.calls = 2000, .clients = 5, .values = values, .unknown = 0.02, .cas = 0.3});
    for (std::size_t length = 0; length < ops.size(); length += 97) {
      const std::vector<Op> prefix(ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_EQ(judge(prefix).outcome, Outcome::valid) << length;
    }
  }
}

}  // namespace
}  // namespace clew
