// Every engine against a judge that tries all orders. The number of histories is
// set by CLEW_FUZZ (default 120,000 in all), the seed by CLEW_FUZZ_SEED.

#include <gtest/gtest.h>

#include <cstdlib>

#include "checkers/calls.h"
#include "checkers/frontier.h"
#include "checkers/linearizable.h"
#include "checkers/wgl.h"
#include "checkers/zones.h"
#include "harness/history_file.h"
#include "tests/support/brute_force.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

using testing::HistoryShape;

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : std::strtoull(value, nullptr, 10);
}

std::string to_lines(const std::vector<Op>& events) {
  std::string text;
  for (const Op& op : events) append_history_line(text, op);
  return text;
}

HistoryShape draw_shape(Rng& rng) {
  HistoryShape shape{};
  shape.processes = static_cast<int>(rng.between(1, 5));
  shape.calls = static_cast<int>(rng.between(1, 9));
  shape.values = rng.chance(0.5) ? 0 : static_cast<int>(rng.between(1, 4));
  shape.cas = rng.chance(0.3) ? 0 : rng.unit() * 0.6;
  shape.unknown = rng.chance(0.3) ? 0 : rng.unit() * 0.5;
  shape.failed = rng.chance(0.5) ? 0 : 0.15;
  shape.lie = rng.chance(0.5) ? 0 : 1;
  shape.gap_max = static_cast<int>(rng.between(0, 3));
  return shape;
}

struct Tally {
  std::uint64_t valid = 0, invalid = 0, zones = 0;
};

void compare(const std::vector<Op>& events, Tally& tally) {
  const bool expected = testing::brute_force_says_valid(events);
  const History history(events);
  Interner interner;
  auto keys = calls_by_key<CasRegister>(history, interner);
  const std::vector<Call<CasRegister>> calls =
      keys.empty() ? std::vector<Call<CasRegister>>{} : keys[0].calls;
  Budget budget(Deadline::max(), std::size_t{1} << 30, {});
  const Answer::Kind wanted = expected ? Answer::Kind::valid : Answer::Kind::invalid;
  ASSERT_EQ(Frontier<CasRegister>(calls, budget).decide().kind, wanted) << "frontier\n"
                                                                        << to_lines(events);
  ASSERT_EQ(Wgl<CasRegister>(calls, budget).decide().kind, wanted) << "wgl\n" << to_lines(events);
  const Answer zones = decide_by_zones(calls);
  if (zones.kind != Answer::Kind::not_applicable) {
    ++tally.zones;
    ASSERT_EQ(zones.kind, wanted) << "zones\n" << to_lines(events);
  }
  const Verdict verdict = linearizable<CasRegister>()->check(history, {.threads = 1}, {});
  ASSERT_EQ(verdict.outcome, expected ? Outcome::valid : Outcome::invalid) << "checker\n"
                                                                           << to_lines(events);
  ++(expected ? tally.valid : tally.invalid);
}

TEST(Fuzz, EveryEngineAgreesWithAllOrders) {
  Rng rng(setting("CLEW_FUZZ_SEED", 1));
  const std::uint64_t count = setting("CLEW_FUZZ", 120'000);
  Tally tally;
  for (std::uint64_t i = 0; i < count; ++i) {
    const HistoryShape shape = draw_shape(rng);
    const auto events = testing::random_history(shape, rng);
    if (shape.lie == 0) {
      ASSERT_TRUE(testing::brute_force_says_valid(events)) << to_lines(events);
    }
    ASSERT_NO_FATAL_FAILURE(compare(events, tally)) << "history " << i;
  }
  std::printf("%llu valid, %llu invalid, zones decided %llu\n",
              static_cast<unsigned long long>(tally.valid),
              static_cast<unsigned long long>(tally.invalid),
              static_cast<unsigned long long>(tally.zones));
  // The generator must not have gone blind.
  EXPECT_GT(tally.invalid, count / 20);
  EXPECT_GT(tally.valid, count / 2);
  EXPECT_GT(tally.zones, count / 4);
}

TEST(Fuzz, ACounterexampleFailsByItselfAndNoSmallerOneShowsTheSame) {
  Rng rng(setting("CLEW_FUZZ_SEED", 2));
  int seen = 0;
  for (int i = 0; i < 6000; ++i) {
    HistoryShape shape = draw_shape(rng);
    shape.lie = 1;
    const History history(testing::random_history(shape, rng));
    const Verdict verdict = linearizable<CasRegister>()->check(history, {.threads = 1}, {});
    if (verdict.outcome != Outcome::invalid) continue;
    ++seen;
    ASSERT_EQ(verdict.counterexamples.size(), 1U);
    const Counterexample& shown = verdict.counterexamples[0];
    EXPECT_FALSE(shown.sentence.empty());
    EXPECT_FALSE(shown.let_then.empty());
    EXPECT_FALSE(shown.blocked.empty());
    EXPECT_TRUE(shown.minimal);
    // What is shown fails by itself, and still does beside everything else that may have
    // written: nothing that was left out explains it.
    std::vector<Op> alone;
    std::vector<Op> beside;
    for (std::size_t k = 0; k < history.ops().size(); ++k) {
      const Op& op = history.ops()[k];
      if (op.kind != Kind::invoke) continue;
      const bool is_shown =
          std::any_of(shown.calls.begin(), shown.calls.end(),
                      [&](const ShownCall& call) { return call.index == op.index; });
      const std::size_t end = history.completion(k);
      const bool refusal = end != History::none && history.ops()[end].kind == Kind::fail;
      for (std::vector<Op>* part : {&alone, &beside}) {
        if (!is_shown && (part == &alone || op.f == "read" || refusal)) continue;
        part->push_back(op);
        if (end != History::none) part->push_back(history.ops()[end]);
      }
    }
    const auto by_index = [](const Op& a, const Op& b) { return a.index < b.index; };
    std::stable_sort(alone.begin(), alone.end(), by_index);
    std::stable_sort(beside.begin(), beside.end(), by_index);
    EXPECT_FALSE(testing::brute_force_says_valid(alone)) << to_lines(alone);
    EXPECT_FALSE(testing::brute_force_says_valid(beside)) << to_lines(beside);
  }
  EXPECT_GT(seen, 1000);
}

TEST(Fuzz, LargeHistoriesThatAreValidByConstructionAreValid) {
  Rng rng(setting("CLEW_FUZZ_SEED", 3));
  for (int i = 0; i < 60; ++i) {
    HistoryShape shape{
        .processes = 10, .calls = 2000, .values = i % 2 == 0 ? 0 : 5, .cas = 0.2, .unknown = 0.01};
    const History history(testing::random_history(shape, rng));
    const Verdict verdict = linearizable<CasRegister>()->check(history, {}, {});
    EXPECT_EQ(verdict.outcome, Outcome::valid) << i << ": " << verdict.cause;
  }
}

TEST(Fuzz, WideningIntervalsAndCuttingTheEndKeepValidHistoriesValid) {
  Rng rng(setting("CLEW_FUZZ_SEED", 4));
  for (int i = 0; i < 3000; ++i) {
    HistoryShape shape = draw_shape(rng);
    shape.lie = 0;
    std::vector<Op> events = testing::random_history(shape, rng);
    const auto judge = [](std::vector<Op> ops) {
      return linearizable<CasRegister>()
          ->check(History(std::move(ops)), {.threads = 1}, {})
          .outcome;
    };
    std::vector<Op> prefix(
        events.begin(), events.begin() + static_cast<std::ptrdiff_t>(rng.below(events.size() + 1)));
    EXPECT_EQ(judge(prefix), Outcome::valid);
    // Each call is moved to its own process, so that it may be stretched at will.
    std::map<std::int64_t, std::int64_t> own;
    std::int64_t fresh = 1000;
    for (Op& op : events) {
      if (op.kind == Kind::invoke) {
        own[op.process] = fresh++;
        op.time -= Nanos(static_cast<std::int64_t>(rng.below(3)));
      } else {
        op.time += Nanos(static_cast<std::int64_t>(rng.below(3)));
      }
      op.process = own[op.process];
    }
    EXPECT_EQ(judge(events), Outcome::valid);
  }
}

}  // namespace
}  // namespace clew
