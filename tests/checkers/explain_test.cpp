#include "checkers/explain.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/support/timeline.h"

namespace clew {
namespace {

Counterexample shown(std::string_view picture) {
  const Verdict verdict = linearizable<CasRegister>()->check(testing::draw(picture), {}, {});
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  if (verdict.counterexamples.size() != 1) return {};
  // Every class of a register has its own "However ..." line.
  EXPECT_TRUE(std::any_of(
      verdict.counterexamples[0].let_then.begin(), verdict.counterexamples[0].let_then.end(),
      [](const std::string& line) { return line.find(": a contradiction.") != line.npos; }))
      << verdict.counterexamples[0].anomaly;
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
  ASSERT_EQ(example.let_then.size(), 7U);
  EXPECT_EQ(
      example.let_then[5],
      "However T3 read 7, and in every order of the others 7 is there only before a call that "
      "T3 must follow: a contradiction.");
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

TEST(Explain, AValueThatNobodyWroteComesOutOfNowhere) {
  const Counterexample example = shown(R"(
    p0  |-write 1-| |-write 2-|
    p1                           |-read 9-|  )");
  EXPECT_EQ(example.anomaly, "never-written");
  EXPECT_EQ(texts(example), (std::vector<std::string>{"read -> 9"}));
  EXPECT_NE(example.sentence.find("which nobody wrote"), std::string::npos) << example.sentence;
}

TEST(Explain, TwoSwapsOfOneValueAreADoubleSwap) {
  const Counterexample example = shown(R"(
    p0  |-write 1-|
    p1               |-cas 1->2-|
    p2               |-cas 1->3-|  )");
  EXPECT_EQ(example.anomaly, "double-cas");
  EXPECT_NE(example.sentence.find("both swapped 1 away"), std::string::npos) << example.sentence;
}

TEST(Explain, ASwapThatPutTheValueThereIsNoneOfTheTwo) {
  EXPECT_EQ(shown(R"(
    p0  |-write 1-| |-cas 1->2-|
    p1                             |-cas 2->3-|
    p2                             |-cas 2->4-|  )")
                .anomaly,
            "double-cas");
}

TEST(Explain, SwapsThatNeedOneAnotherAreACircle) {
  const Counterexample example = shown(R"(
    p0  |-cas 1->2-|
    p1  |-cas 2->1-|  )");
  EXPECT_EQ(example.anomaly, "circular-swaps");
  EXPECT_NE(example.sentence.find("only swaps that need one another"), std::string::npos)
      << example.sentence;
}

TEST(Explain, AnUnknownSwapThatCannotHaveHappenedLeavesNoValue) {
  const Counterexample example = shown(R"(
    p0  |-cas 4->7............................................
    p1                |-read 7-|  )");
  EXPECT_EQ(example.anomaly, "impossible-swap");
  EXPECT_NE(example.sentence.find("swap of 4 for 7 is all that could leave it, and cannot have "
                                  "found 4."),
            std::string::npos)
      << example.sentence;
}

TEST(Explain, AValueThatASwapCouldOnlyLeaveLaterComesFromTheFuture) {
  // Invoked in time, but it needs the 2 that is written later.
  const Counterexample example = shown(R"(
    p0                                  |-write 2-|
    p1       |--------------cas 2->3----------------------|
    p2             |-read 3-|  )");
  EXPECT_EQ(example.anomaly, "read-from-future");
  EXPECT_NE(example.sentence.find("'s swap to 3 could take effect."), std::string::npos)
      << example.sentence;
}

TEST(Explain, AStaleReadIsFoundEvenIfItsWriterOverlapsTheNewerOne) {
  // The swap must have come first: it needs nil.
  const Counterexample example = shown(R"(
    p0  |------cas nil->4------|
    p1     |-write 2-|
    p2                            |-read 4-|  )");
  EXPECT_EQ(example.anomaly, "stale-read");
  EXPECT_NE(example.sentence.find("'s write of 2 was acknowledged."), std::string::npos)
      << example.sentence;
}

TEST(Explain, AnUnknownWriteMakesAReadNoLessStale) {
  // The swap shows that the write was there before it.
  EXPECT_EQ(shown(R"(
    p0  |-write 1..............................................................
    p1      |-cas 1->2-|
    p2                   |-read 1-|  )")
                .anomaly,
            "stale-read");
}

TEST(Explain, ASwapOfWhatSomebodySawReplacedIsTimeRunningBackwards) {
  EXPECT_EQ(shown(R"(
    p0  |-write 3-|
    p1  |-write 4-|
    p2               |-read 3-|
    p3                          |-cas 4->2-|  )")
                .anomaly,
            "non-monotonic-read");
}

TEST(Explain, EveryLongestOrderIsToldWithWhatEndsIt) {
  // Either write may come last, and each time another read has no place.
  const Counterexample example = shown(R"(
    p0  |-write 4-|
    p1  |-write 1-|
    p2               |-read 1-|
    p3                |-read 4-|  )");
  ASSERT_EQ(example.other_orders.size(), 1U);
  const LegalOrder& other = example.other_orders[0];
  ASSERT_EQ(example.order.size(), 3U);
  ASSERT_EQ(other.order.size(), 3U);
  EXPECT_NE(example.order.back().state, other.order.back().state);
  ASSERT_EQ(example.blocked.size(), 1U);
  ASSERT_EQ(other.blocked.size(), 1U);
  EXPECT_NE(example.blocked[0].call, other.blocked[0].call);
  EXPECT_EQ(example.blocked[0].reason, "needs 4, but the register holds 1");
  EXPECT_EQ(other.blocked[0].reason, "needs 1, but the register holds 4");
}

TEST(Explain, OrdersThatLeadToTheSameAreToldOnce) {
  // The two reads may come in either order: that tells nothing new.
  const Counterexample example = shown(R"(
    p0  |-write 4-|  |-write 5-|
    p1                            |-read 4-|
    p2                             |-read 5-|
    p3                              |-read 5-|  )");
  EXPECT_TRUE(example.other_orders.empty());
}

TEST(Explain, AtMostTenOrdersAreTold) {
  const Counterexample example = shown(R"(
    p0  |-write 1-|
    p1  |-write 2-|
    p2  |-write 3-|
    p3  |-write 4-|
    p4                |-read 1-|
    p5                |-read 2-|
    p6                |-read 3-|
    p7                |-read 4-|
    p8                           |-cas 9->1........
    p9                                |-read 1-| )");
  EXPECT_LE(example.other_orders.size(), 9U);
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
