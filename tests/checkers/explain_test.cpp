#include "checkers/explain.h"

#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/support/timeline.h"

namespace clew {
namespace {

Counterexample shown(std::string_view picture) {
  const Verdict verdict = linearizable<CasRegister>()->check(testing::draw(picture), {}, {});
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  if (verdict.counterexamples.size() != 1) return {};
  EXPECT_EQ(linearizable<CasRegister>(Engine::frontier)
                ->check(testing::draw(picture), {}, {})
                .counterexamples.at(0)
                .anomaly,
            verdict.counterexamples[0].anomaly);
  return verdict.counterexamples[0];
}

std::vector<std::string> texts(const Counterexample& example) {
  std::vector<std::string> out;
  for (const ShownCall& call : example.calls) out.push_back(call.text);
  return out;
}

TEST(Explain, AStaleReadIsToldWithTheWriteItMissed) {
  const Counterexample example = shown(R"(
    p0  |-write 5-| |-write 6-| |-write 7-| |-write 8-|
    p1                                                    |-read 7-| |-read 8-|  )");
  EXPECT_EQ(example.anomaly, "stale-read");
  EXPECT_EQ(texts(example), (std::vector<std::string>{"write 7", "write 8", "read -> 7"}));
  EXPECT_NE(example.sentence.find("read 7 at"), std::string::npos) << example.sentence;
  EXPECT_NE(example.sentence.find("'s write of 8 was acknowledged."), std::string::npos)
      << example.sentence;
  EXPECT_TRUE(example.minimal);
  EXPECT_EQ(example.calls_in_key, 6U);
  ASSERT_EQ(example.order.size(), 2U);
  EXPECT_EQ(example.order[0].state, "7");
  EXPECT_EQ(example.order[1].state, "8");
  ASSERT_EQ(example.blocked.size(), 1U);
  EXPECT_EQ(example.blocked[0].call, 2U);
  EXPECT_EQ(example.blocked[0].reason, "needs 7, but the register holds 8");
}

TEST(Explain, AnUpdateThatNobodyEverSawIsLost) {
  EXPECT_EQ(shown(R"(
    p0  |-write 7-| |-write 8-|
    p1                           |-read 7-| |-read 7-|  )")
                .anomaly,
            "lost-update");
}

TEST(Explain, ASwapOfAnOverwrittenValueLosesTheUpdate) {
  const Counterexample example = shown(R"(
    p0  |-write 1-| |-write 2-|
    p1                           |-cas 1->3-|  )");
  EXPECT_EQ(example.anomaly, "lost-update");
  EXPECT_NE(example.sentence.find("swapped 1 for 3"), std::string::npos) << example.sentence;
}

TEST(Explain, TwoReadsInTheWrongOrderAreTimeRunningBackwards) {
  const Counterexample example = shown(R"(
    p0  |-write 1-|
    p1              |------------write 2-------------|
    p2                 |-read 2-|  |-read 1-|  )");
  EXPECT_EQ(example.anomaly, "non-monotonic-read");
  EXPECT_EQ(example.calls.size(), 4U);
}

TEST(Explain, TwoReadsAtOnceThatNeedOppositeOrdersConflict) {
  const Counterexample example = shown(R"(
    p0  |-write 4-|
    p1  |-write 1-|
    p2               |-read 1-|
    p3                |-read 4-|  )");
  EXPECT_EQ(example.anomaly, "read-conflict");
  EXPECT_EQ(example.calls.size(), 4U);
}

TEST(Explain, AReadOfWhatIsWrittenLaterComesFromTheFuture) {
  const Counterexample example = shown(R"(
    p0  |-read 7-|
    p1              |-write 7-|  )");
  EXPECT_EQ(example.anomaly, "read-from-future");
  EXPECT_EQ(example.calls.size(), 2U);
}

TEST(Explain, ARefusalWhileTheRegisterHeldTheValueIsWrong) {
  const Counterexample example = shown(R"(
    p0  |-write 3-| |-write 1-|
    p1                           |-cas 1->2 refused-|  )");
  EXPECT_EQ(example.anomaly, "wrong-refusal");
  EXPECT_EQ(texts(example), (std::vector<std::string>{"write 1", "cas 1 -> 2: refused"}));
}

TEST(Explain, AWriteThatMayHaveLandedLateIsPartOfTheArgument) {
  // One lost write of 7 explains one late read of 7, not two around a read of 8.
  const Counterexample example = shown(R"(
    p0  |-write 7.................................................................
    p1     |-write 8-|
    p2                  |-read 7-|  |-write 8-|  |-read 8-| |-read 7-|  )");
  ASSERT_FALSE(example.calls.empty());
  EXPECT_EQ(example.calls[0].outcome, Kind::info);
  EXPECT_EQ(example.calls[0].returned, Nanos::max());
}

}  // namespace
}  // namespace clew
