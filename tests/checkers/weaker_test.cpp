#include "checkers/weaker.h"

#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/checkers/weaker_fuzz.h"
#include "tests/support/timeline.h"

namespace clew {
namespace {

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t histories = 40'000;
#else
constexpr std::uint64_t histories = 6'000;
#endif

// Calls one after the other, by session.
class Written {
 public:
  Written& write(std::int64_t session, Atom to) { return add(session, Act::write, nil_atom, to); }
  Written& read(std::int64_t session, Atom from) { return add(session, Act::read, from, nil_atom); }
  Written& swap(std::int64_t session, Atom from, Atom to) {
    return add(session, Act::cas, from, to);
  }
  Written& refused(std::int64_t session, Atom from) {
    return add(session, Act::refused, from, nil_atom);
  }
  // The last call never came back.
  Written& lost() {
    calls_.back().ret = never;
    return *this;
  }

  std::vector<Guarantee> judge(std::uint64_t max_steps = 300'000) const {
    Values values;
    for (std::int64_t v = 1; v < 100; ++v) values.intern(Value(v));
    return judge_weaker(calls_, values, Budget{}, max_steps);
  }
  const std::vector<SessionCall>& calls() const { return calls_; }

 private:
  Written& add(std::int64_t session, Act act, Atom from, Atom to) {
    SessionCall call;
    call.act = act;
    call.from = from;
    call.to = to;
    call.session = session;
    call.index = static_cast<std::int64_t>(calls_.size());
    call.inv = static_cast<Position>(2 * calls_.size());
    call.ret = call.inv + 1;
    calls_.push_back(call);
    return *this;
  }
  std::vector<SessionCall> calls_;
};

// Only what does not hold: "monotonic reads broken: ..."
std::string broken(const std::vector<Guarantee>& all) {
  std::string out;
  for (const Guarantee& one : all)
    if (one.outcome != Outcome::valid)
      out += (out.empty() ? "" : ", ") + one.name +
             (one.outcome == Outcome::invalid ? " broken" : " unknown");
  return out;
}

TEST(Weaker, AStaleReadByAnotherClientIsStillSequential) {
  EXPECT_EQ(broken(Written().write(1, 1).write(1, 2).read(2, 1).read(2, 2).judge()), "");
}

TEST(Weaker, GoingBackBreaksMonotonicReads) {
  const auto said = Written().write(1, 1).write(1, 2).read(2, 2).read(2, 1).judge();
  EXPECT_EQ(broken(said), "sequential consistency broken, monotonic reads broken");
  EXPECT_EQ(said[1].reason,
            "client 2 read 2 (op 2) and then read 1 (op 3), but client 1 wrote 1 (op 0) and then "
            "wrote 2 (op 1)");
}

TEST(Weaker, GoingBackToNilBreaksMonotonicReads) {
  EXPECT_EQ(broken(Written().write(1, 1).read(2, 1).read(2, nil_atom).judge()),
            "sequential consistency broken, monotonic reads broken");
}

TEST(Weaker, NotSeeingOnesOwnWriteBreaksReadYourWrites) {
  EXPECT_EQ(broken(Written().write(1, 1).write(1, 2).read(1, 1).judge()),
            "sequential consistency broken, read your writes broken");
}

TEST(Weaker, WritingBelowWhatOneSawBreaksWritesFollowReads) {
  EXPECT_EQ(broken(Written().read(1, 2).write(1, 1).read(2, 1).write(2, 2).judge()),
            "sequential consistency broken, writes follow reads broken");
}

TEST(Weaker, ASwapThatGoesBackBreaksMonotonicWritesAndLeavesTheRestOpen) {
  EXPECT_EQ(broken(Written().write(1, 1).write(1, 2).swap(2, 2, 3).swap(2, 3, 1).judge()),
            "");  // 1 is written twice; the first is overwritten.
  EXPECT_EQ(broken(Written().swap(1, 2, 1).write(1, 2).judge()),
            "sequential consistency broken, monotonic reads unknown, monotonic writes broken, "
            "read your writes unknown, writes follow reads unknown");
}

TEST(Weaker, TwoSwapsOfOneValueKeepEverySessionsPromises) {
  const auto said = Written().write(1, 1).swap(2, 1, 2).swap(3, 1, 3).judge();
  EXPECT_EQ(broken(said), "sequential consistency broken");
  EXPECT_EQ(said[0].reason,
            "client 2 swapped 1 for 2 (op 1), and so did client 3 swapped 1 for 3 (op 2)");
}

TEST(Weaker, WhatNobodyWroteLeavesThePromisesOfSessionsOpen) {
  const auto said = Written().write(1, 1).read(2, 9).judge();
  EXPECT_EQ(said[0].outcome, Outcome::invalid);
  for (std::size_t i = 1; i < said.size(); ++i) EXPECT_EQ(said[i].outcome, Outcome::unknown) << i;
  EXPECT_EQ(said[1].reason, "client 2 read 9 (op 1), which nobody wrote");
}

TEST(Weaker, WhereTheWriterIsNotClearNothingIsGuessed) {
  const auto said = Written()
                        .write(1, 1)
                        .write(2, 1)
                        .write(1, 2)
                        .read(3, 2)
                        .read(3, 1)
                        .write(4, 7)
                        .read(4, nil_atom)
                        .judge();
  EXPECT_EQ(broken(said),
            "sequential consistency broken, monotonic reads unknown, read your writes broken");
}

TEST(Weaker, AnUnknownCallCountsOnceItIsSeen) {
  EXPECT_EQ(broken(Written().write(1, 1).write(1, 2).lost().read(2, 2).read(2, 1).judge()),
            "sequential consistency broken, monotonic reads broken");
  EXPECT_EQ(broken(Written().write(1, 1).write(1, 2).lost().read(2, 1).read(2, 1).judge()), "");
}

TEST(Weaker, ARefusedSwapFindsItsPlaceOrTheSearchSaysThatItHasNone) {
  EXPECT_EQ(broken(Written().write(1, 1).refused(2, 1).read(2, nil_atom).judge()), "");
  EXPECT_EQ(broken(Written().write(1, 1).refused(1, 1).judge()), "sequential consistency broken");
  EXPECT_EQ(broken(Written().write(1, 1).refused(1, 1).write(2, 2).read(2, 2).judge()), "");
}

TEST(Weaker, ASearchThatIsCutShortIsUnknownAndSaysWhy) {
  Written hard;
  for (std::int64_t round = 0; round < 12; ++round)
    for (std::int64_t session = 0; session < 6; ++session)
      hard.write(session, static_cast<Atom>(1 + (round + session) % 3)).read(session, 1);
  hard.read(9, 2).read(9, 3).read(9, 1);
  const auto said = hard.judge(3);
  EXPECT_EQ(said[0].outcome, Outcome::unknown);
  EXPECT_EQ(said[0].reason, "step limit");
}

TEST(Weaker, AnOrderIsBelievedOnlyIfItKeepsEachSessionsOwn) {
  const Written written = Written().write(1, 1).write(1, 2).read(2, 2);
  const auto& calls = written.calls();
  EXPECT_TRUE(explains_sequentially(calls, {0, 1, 2}));
  EXPECT_FALSE(explains_sequentially(calls, {1, 2, 0}));
  EXPECT_FALSE(explains_sequentially(calls, {0, 1}));
  EXPECT_FALSE(explains_sequentially(calls, {0, 2, 1}));
  EXPECT_FALSE(explains_sequentially(calls, {0, 1, 1, 2}));
}

TEST(Weaker, ALongHistoryIsDecidedWithoutASearch) {
  Written written;
  for (Atom v = 1; v < 90; ++v) {
    const std::int64_t writer = 10 + v % 30;
    written.write(writer, v);
    for (std::int64_t session = 10; session < 40 && v > 1; ++session)
      written.read(session, session == writer || session % 2 == 0 ? v : v - 1);
  }
  EXPECT_EQ(written.judge(0)[0].reason, "");
}

TEST(Weaker, IsSaidBesideAnInvalidVerdictOnly) {
  const History stale = testing::draw(R"(
    p0  |-write 1-| |-write 2-|
    p1                           |-read 1-|  )");
  const Verdict bad = linearizable<CasRegister>()->check(stale, {}, {});
  ASSERT_EQ(bad.outcome, Outcome::invalid);
  ASSERT_EQ(bad.guarantees.size(), weaker_models.size());
  EXPECT_EQ(bad.keys[0].still_holds, "sequential consistency");
  ASSERT_TRUE(bad.staleness);
  EXPECT_EQ(bad.staleness->all.stale, 1U);
  EXPECT_FALSE(bad.audit);
  const Verdict good = linearizable<CasRegister>()->check(testing::draw("p0 |-write 1-|"), {}, {});
  EXPECT_TRUE(good.guarantees.empty());
  EXPECT_FALSE(good.staleness || good.audit);
}

// clew_weaker_fuzz does the same for as long as it is told to.
TEST(Weaker, SaysWhatTryingAllOrdersSays) {
  testing::WeakerCount count;
  for (std::uint64_t i = 0; i < histories; ++i) {
    Rng rng = Rng::stream(2026, std::to_string(i));
    const std::string wrong = testing::weaker_fuzz_once(rng, count);
    ASSERT_EQ(wrong, "") << "history " << i;
  }
  EXPECT_GT(count.linearizable, histories / 5);
  EXPECT_GT(count.sequential, count.linearizable);
  EXPECT_LT(count.sequential, histories);
  EXPECT_GT(count.broken, histories / 20);
  EXPECT_GT(count.kept, histories / 20);
  EXPECT_GT(count.stale, histories / 20);
}

}  // namespace
}  // namespace clew
