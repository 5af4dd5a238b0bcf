#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/register_judge.h"
#include "harness/error.h"
#include "tests/support/endless_load.h"
#include "tests/support/timeline.h"

namespace clew {
namespace {

using Judge = RegisterJudge<CasRegister>;

void feed(Judge& judge, std::string_view picture) {
  const History history = testing::draw(picture);
  for (const Op& op : history.ops()) judge.feed(op);
}

TEST(Stream, AcceptsWhatHasAnOrder) {
  Judge judge(FailMeans::observed);
  feed(judge, R"(
    p0  |-write 1-|      |-write 2-|
    p1        |-read 1-|      |-read 2-|
  )");
  judge.finish();
  EXPECT_EQ(judge.outcome(), Outcome::valid);
  EXPECT_EQ(judge.judged(), 4U);
}

TEST(Stream, FindsAStaleReadAndSaysWhere) {
  Judge judge(FailMeans::observed);
  feed(judge, R"(
    p0  |-write 1-| |-write 2-|
    p1                           |-read 1-|
  )");
  judge.finish();
  EXPECT_EQ(judge.outcome(), Outcome::invalid);
  ASSERT_TRUE(judge.violation());
  EXPECT_GT(judge.violation()->at, Nanos{0});
}

TEST(Stream, AnOpenCallMayStillHaveTakenEffect) {
  Judge judge(FailMeans::observed);
  feed(judge, R"(
    p0  |-write 1-|
    p1      |-write 2......
    p2                 |-read 2-| |-read 2-|
  )");
  judge.finish();
  EXPECT_EQ(judge.outcome(), Outcome::valid);
}

TEST(Stream, AFunctionThatTheModelLacksIsToldAtOnce) {
  Judge judge(FailMeans::observed);
  EXPECT_THROW(judge.feed({.f = "enqueue"}), UsageError);
}

// The violation is seen long before the end, and nothing is said before it is there.
TEST(Stream, FindsAViolationSoonAfterItHappened) {
  testing::EndlessLoad load({}, 3);
  Judge judge(FailMeans::observed);
  std::uint64_t lied_at = 0;
  while (load.invoked() < 100'000 && !judge.violation()) {
    Op op = load.next();
    if (lied_at == 0 && load.invoked() > 20'000 && op.kind == Kind::ok && op.f == "read") {
      op.value = Value(-1);  // Nobody ever wrote it.
      lied_at = load.invoked();
    }
    judge.feed(op);
  }
  ASSERT_TRUE(judge.violation());
  EXPECT_LT(load.invoked(), lied_at + 30'000);
}

TEST(Stream, MemoryDoesNotGrowWithTheHistory) {
  testing::EndlessLoad load({}, 4);
  Judge judge(FailMeans::observed);
  std::size_t early = 0;
  while (load.invoked() < 400'000) {
    judge.feed(load.next());
    if (early == 0 && load.invoked() == 100'000) early = judge.bytes();
  }
  // Keys that were put to rest cost a few kilobytes each.
  EXPECT_LT(judge.bytes(), early + 300 * 4000);
  judge.finish();
  EXPECT_EQ(judge.outcome(), Outcome::valid);
  EXPECT_GT(judge.judged(), 390'000U);
}

TEST(Stream, SaysTheSameAsTheCheckerOfTheWhole) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    testing::EndlessLoad load({.clients = 8, .keys = 2, .calls_per_key = 100}, seed);
    Rng rng(seed);
    Judge judge(FailMeans::observed);
    std::vector<Op> ops;
    while (load.invoked() < 1000) {
      Op op = load.next();
      if (seed % 2 == 1 && op.kind == Kind::ok && op.f == "read" && rng.chance(0.005))
        op.value = Value(rng.between(1, 500));
      judge.feed(op);
      ops.push_back(std::move(op));
    }
    judge.finish();
    const Verdict verdict = linearizable<CasRegister>()->check(History(std::move(ops)), {}, {});
    EXPECT_EQ(judge.outcome(), verdict.outcome) << "seed " << seed;
  }
}

}  // namespace
}  // namespace clew
