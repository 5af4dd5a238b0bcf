#include "checkers/watch_order.h"

#include <gtest/gtest.h>

#include "harness/error.h"

namespace clew {
namespace {

Value change(std::int64_t revision, const std::string& key, std::int64_t value) {
  return Value::List{revision, key, value};
}

struct Watch {
  Value from{};
  Value::List told{};
  Kind kind = Kind::ok;
};

Verdict judge(const std::vector<Watch>& watches) {
  std::vector<Op> ops;
  for (std::size_t i = 0; i < watches.size(); ++i) {
    const auto process = static_cast<std::int64_t>(i);
    ops.push_back({.time = Nanos(ops.size()),
                   .process = process,
                   .f = "watch",
                   .value = watches[i].from,
                   .node = "n1"});
    ops.push_back({.time = Nanos(ops.size()),
                   .process = process,
                   .kind = watches[i].kind,
                   .f = "watch",
                   .value = watches[i].told,
                   .node = "n1"});
  }
  for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
  return watch_order()->check(History(std::move(ops)), {}, {});
}

TEST(WatchOrder, StreamsThatAgreeAreValid) {
  const Verdict verdict =
      judge({{.from = 3, .told = {change(3, "a", 1), change(4, "b", 2), change(4, "c", 3)}},
             {.told = {change(4, "b", 2), change(4, "c", 3), change(5, "a", 4)}},
             {.told = {}}});
  EXPECT_EQ(verdict.outcome, Outcome::valid) << verdict.reason;
  EXPECT_EQ(verdict.reason, "3 streams, 6 events, 4 changes");
}

TEST(WatchOrder, EachBrokenPromiseIsNamed) {
  const auto reason = [](const std::vector<Watch>& watches) {
    const Verdict verdict = judge(watches);
    EXPECT_EQ(verdict.outcome, Outcome::invalid);
    return verdict.reason.substr(0, verdict.reason.find(':'));
  };
  EXPECT_EQ(reason({{.told = {change(4, "a", 1), change(3, "b", 2)}}}), "Watch goes back in time");
  EXPECT_EQ(reason({{.from = 5, .told = {change(4, "a", 1)}}}), "Watch goes back in time");
  EXPECT_EQ(reason({{.told = {change(4, "a", 1), change(4, "a", 1)}}}), "Watch not unique");
  EXPECT_EQ(reason({{.told = {change(4, "a", 1)}}, {.told = {change(4, "a", 2)}}}),
            "Watches disagree");
  EXPECT_EQ(
      reason({{.told = {change(4, "a", 1), change(6, "a", 3)}}, {.told = {change(5, "b", 2)}}}),
      "Watch has a gap");
}

TEST(WatchOrder, WhatAStreamDidNotSeeBeforeItsFirstAndAfterItsLastIsNoGap) {
  EXPECT_EQ(judge({{.told = {change(4, "a", 1)}},
                   {.told = {change(3, "b", 2)}},
                   {.told = {change(5, "b", 2)}}})
                .outcome,
            Outcome::valid);
}

TEST(WatchOrder, AWatchThatFailedPromisesNothing) {
  EXPECT_EQ(
      judge({{.told = {change(4, "a", 1)}}, {.told = {change(4, "a", 2)}, .kind = Kind::fail}})
          .outcome,
      Outcome::valid);
}

TEST(WatchOrder, WithoutAnEventNothingWasTested) {
  const Verdict verdict = judge({{.told = {}}});
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "vacuous: no watch saw a change");
}

TEST(WatchOrder, AnAnswerThatIsNoListOfChangesIsToldWithItsOperation) {
  EXPECT_THROW(judge({{.told = {Value(3)}}}), UsageError);
}

}  // namespace
}  // namespace clew
