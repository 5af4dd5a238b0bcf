#include "checkers/models/cas_register.h"

#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/stats.h"
#include "harness/error.h"
#include "tests/support/timeline.h"

namespace clew {
namespace {

using testing::draw;

Verdict judged(std::string_view picture) {
  return linearizable<CasRegister>()->check(draw(picture), {}, {});
}
Outcome judge(std::string_view picture) {
  const Outcome outcome = judged(picture).outcome;
  EXPECT_EQ(linearizable<CasRegister>(Engine::frontier)->check(draw(picture), {}, {}).outcome,
            outcome);
  return outcome;
}

TEST(CasRegister, AcceptsWhatASequentialRegisterWouldAnswer) {
  EXPECT_EQ(judge(R"(
    p0  |-read nil-| |-write 1-| |-read 1-| |-cas 1->2-| |-cas 1->3 refused-| |-read 2-|  )"),
            Outcome::valid);
}

TEST(CasRegister, RejectsAStaleReadAfterTheWriteReturned) {
  EXPECT_EQ(judge(R"(
    p0  |-write 1-| |-write 2-|
    p1                           |-read 1-|  )"),
            Outcome::invalid);
}

TEST(CasRegister, AReadOfNilIsAnAnswerAndNoWildcard) {
  EXPECT_EQ(judge(R"(
    p0  |-write 1-|
    p1               |-read nil-|  )"),
            Outcome::invalid);
}

TEST(CasRegister, AValueThatNobodyWroteIsAViolation) {
  const Verdict verdict = judged(R"(
    p0  |-write 1-|  |-read 7-|  )");
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  EXPECT_EQ(verdict.counterexamples.at(0).anomaly, "never-written");
  EXPECT_EQ(verdict.counterexamples.at(0).calls.size(), 1U);
}

TEST(CasRegister, ConcurrentCallsMayTakeEffectInAnyOrder) {
  EXPECT_EQ(judge(R"(
    p0  |--------write 1--------|
    p1     |-read nil-| |-read 1-|
    p2  |------write 2------|         |-read 1-|  )"),
            Outcome::valid);
}

TEST(CasRegister, ReadsDoNotGoBack) {
  const Verdict verdict = judged(R"(
    p0  |-------------write 1--------------|
    p1     |-read 1-|   |-read nil-|  )");
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  EXPECT_EQ(verdict.counterexamples.at(0).anomaly, "non-monotonic-read");
}

TEST(CasRegister, ALostWriteMayLandLaterOrNever) {
  EXPECT_EQ(judge(R"(
    p0  |-write 1-|
    p1               |-write 7................................
    p2                            |-read 1-| |-read 7-|  )"),
            Outcome::valid);
  EXPECT_EQ(judge(R"(
    p0  |-write 1-|
    p1               |-write 7................................
    p2                            |-read 1-| |-read 1-|  )"),
            Outcome::valid);
}

TEST(CasRegister, ALostWriteCannotUnhappen) {
  EXPECT_EQ(judge(R"(
    p0  |-write 1-|
    p1               |-write 7................................
    p2                            |-read 7-| |-read 1-|  )"),
            Outcome::invalid);
}

TEST(CasRegister, ALostWriteCannotBeSeenBeforeItWasInvoked) {
  EXPECT_EQ(judge(R"(
    p0                |-write 7....................
    p1  |-read 7-|  )"),
            Outcome::invalid);
}

TEST(CasRegister, OneValueIsNotSwappedAwayTwice) {
  const Verdict verdict = judged(R"(
    p0  |-write 1-| |-cas 1->2-|
    p1              |-cas 1->3-|  )");
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  EXPECT_EQ(verdict.counterexamples.at(0).anomaly, "double-cas");
  EXPECT_EQ(verdict.counterexamples.at(0).calls.size(), 3U);
}

TEST(CasRegister, ARefusalIsAnObservation) {
  EXPECT_EQ(judge(R"(
    p0  |-write 1-|
    p1               |-cas 1->2 refused-|  )"),
            Outcome::invalid);
  // It may have been refused because of a write whose outcome nobody knows.
  EXPECT_EQ(judge(R"(
    p0  |-write 1-|
    p1             |-write 5.......................
    p2               |-cas 1->2 refused-|  )"),
            Outcome::valid);
}

TEST(CasRegister, EqualTimesCountAsConcurrent) {
  // The read ends at the very column at which the write begins.
  std::vector<Op> ops{
      {.index = 0, .time = Nanos(5), .process = 0, .kind = Kind::invoke, .f = "write", .value = 1},
      {.index = 1, .time = Nanos(9), .process = 0, .kind = Kind::ok, .f = "write", .value = 1},
      {.index = 2, .time = Nanos(2), .process = 1, .kind = Kind::invoke, .f = "read"},
      {.index = 3, .time = Nanos(5), .process = 1, .kind = Kind::ok, .f = "read", .value = 1},
  };
  EXPECT_EQ(linearizable<CasRegister>()->check(History(ops), {}, {}).outcome, Outcome::valid);
  ops[3].time = Nanos(4);
  EXPECT_EQ(linearizable<CasRegister>()->check(History(ops), {}, {}).outcome, Outcome::invalid);
}

TEST(CasRegister, ACallOfNoLengthStillHappens) {
  const std::vector<Op> ops{
      {.index = 0, .time = Nanos(5), .process = 0, .kind = Kind::invoke, .f = "write", .value = 1},
      {.index = 1, .time = Nanos(5), .process = 0, .kind = Kind::ok, .f = "write", .value = 1},
      {.index = 2, .time = Nanos(6), .process = 0, .kind = Kind::invoke, .f = "read"},
      {.index = 3, .time = Nanos(6), .process = 0, .kind = Kind::ok, .f = "read"},
  };
  EXPECT_EQ(linearizable<CasRegister>()->check(History(ops), {}, {}).outcome, Outcome::invalid);
}

TEST(CasRegister, ValuesAreTyped) {
  std::vector<Op> ops{
      {.index = 0, .time = Nanos(1), .process = 0, .kind = Kind::invoke, .f = "write", .value = 42},
      {.index = 1, .time = Nanos(2), .process = 0, .kind = Kind::ok, .f = "write", .value = 42},
      {.index = 2, .time = Nanos(3), .process = 0, .kind = Kind::invoke, .f = "read"},
      {.index = 3, .time = Nanos(4), .process = 0, .kind = Kind::ok, .f = "read", .value = "42"},
  };
  EXPECT_EQ(linearizable<CasRegister>()->check(History(ops), {}, {}).outcome, Outcome::invalid);
}

TEST(CasRegister, AReadOfAFailedWriteIsAnAbortedRead) {
  const std::vector<Op> ops{
      {.index = 0, .time = Nanos(1), .process = 0, .kind = Kind::invoke, .f = "write", .value = 9},
      {.index = 1,
       .time = Nanos(2),
       .process = 0,
       .kind = Kind::fail,
       .f = "write",
       .value = 9,
       .error = "no leader"},
      {.index = 2, .time = Nanos(3), .process = 0, .kind = Kind::invoke, .f = "read"},
      {.index = 3, .time = Nanos(4), .process = 0, .kind = Kind::ok, .f = "read", .value = 9},
  };
  const Verdict verdict = linearizable<CasRegister>()->check(History(ops), {}, {});
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  EXPECT_EQ(verdict.counterexamples.at(0).anomaly, "aborted-read");
}

TEST(CasRegister, KeysAreJudgedOnTheirOwn) {
  std::vector<Op> ops;
  for (int k = 0; k < 20; ++k) {
    const std::string key = "k" + std::to_string(k);
    const auto at = static_cast<std::int64_t>(ops.size());
    ops.push_back({.index = at,
                   .time = Nanos(at),
                   .process = k,
                   .kind = Kind::invoke,
                   .f = "write",
                   .key = key,
                   .value = 1});
    ops.push_back({.index = at + 1,
                   .time = Nanos(at + 1),
                   .process = k,
                   .kind = Kind::ok,
                   .f = "write",
                   .key = key,
                   .value = 1});
    ops.push_back({.index = at + 2,
                   .time = Nanos(at + 2),
                   .process = k,
                   .kind = Kind::invoke,
                   .f = "read",
                   .key = key});
    ops.push_back({.index = at + 3,
                   .time = Nanos(at + 3),
                   .process = k,
                   .kind = Kind::ok,
                   .f = "read",
                   .key = key,
                   .value = k == 13 ? Value() : Value(1)});
  }
  for (const unsigned threads : {1U, 2U, 8U}) {
    const Verdict verdict =
        linearizable<CasRegister>()->check(History(ops), {.threads = threads}, {});
    EXPECT_EQ(verdict.outcome, Outcome::invalid);
    ASSERT_EQ(verdict.keys.size(), 20U);
    EXPECT_EQ(verdict.keys[0].key, "k13");
    EXPECT_EQ(verdict.keys[1].outcome, Outcome::valid);
    ASSERT_EQ(verdict.counterexamples.size(), 1U);
    EXPECT_EQ(verdict.counterexamples[0].calls.size(), 2U);
  }
}

TEST(CasRegister, TheSentenceTellsTheStaleRead) {
  const Verdict verdict = judged(R"(
    p0  |-write 7-| |-write 8-|
    p1                           |-read 7-|
    p2  |-read 7--------| |-read 8-|  )");
  ASSERT_EQ(verdict.counterexamples.size(), 1U);
  const Counterexample& shown = verdict.counterexamples[0];
  EXPECT_EQ(shown.anomaly, "stale-read");
  EXPECT_EQ(shown.sentence.rfind("Stale read: process", 0), 0U) << shown.sentence;
  EXPECT_EQ(shown.calls.size(), 3U);
  EXPECT_TRUE(shown.minimal);
  ASSERT_EQ(shown.blocked.size(), 1U);
  EXPECT_EQ(shown.blocked[0].reason, "needs 7, but the register holds 8");
}

TEST(CasRegister, AFunctionItDoesNotKnowIsAUsageError) {
  const History history({{.index = 0,
                          .time = Nanos(1),
                          .process = 0,
                          .kind = Kind::invoke,
                          .f = "append",
                          .value = 1}});
  EXPECT_THROW(linearizable<CasRegister>()->check(history, {}, {}), UsageError);
}

TEST(Stats, ARunInWhichNothingSucceededIsVacuous) {
  const auto outcome = [](std::vector<Op> ops) {
    return stats()->check(History(std::move(ops)), {}, {});
  };
  EXPECT_EQ(outcome({}).cause, "vacuous: there is no operation");
  EXPECT_EQ(
      outcome({{.index = 0, .time = Nanos(1), .process = 0, .kind = Kind::invoke, .f = "read"},
               {.index = 1, .time = Nanos(2), .process = 0, .kind = Kind::fail, .f = "read"}})
          .cause,
      "vacuous: no read succeeded");
}

}  // namespace
}  // namespace clew
