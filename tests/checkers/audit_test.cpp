#include "checkers/audit.h"

#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"

namespace clew {
namespace {

// Calls one after the other, on a clock that ticks.
class Recorded {
 public:
  Recorded& ok(std::int64_t process, const std::string& f, Value value) {
    return call(process, f, std::move(value), Kind::ok, "");
  }
  Recorded& fail(std::int64_t process, const std::string& f, Value value,
                 const std::string& error) {
    return call(process, f, std::move(value), Kind::fail, error);
  }
  Recorded& on(const std::string& key) {
    key_ = key;
    return *this;
  }
  Verdict judge(FailMeans fail_means = FailMeans::observed, const Limits& limits = {}) const {
    LinearizableOptions options;
    options.fail_means = fail_means;
    return linearizable<CasRegister>(options)->check(History(ops_), limits, {});
  }
  History history() const { return History(ops_); }

 private:
  Recorded& call(std::int64_t process, const std::string& f, Value value, Kind kind,
                 const std::string& error) {
    Op op;
    op.process = process;
    op.f = f;
    op.key = key_;
    op.value = f == "read" ? Value() : value;
    push(op);
    op.kind = kind;
    op.value = std::move(value);
    op.error = error;
    push(op);
    return *this;
  }
  void push(Op op) {
    op.index = static_cast<std::int64_t>(ops_.size());
    op.time = Nanos(op.index);
    ops_.push_back(std::move(op));
  }
  std::vector<Op> ops_;
  std::string key_ = "k";
};

TEST(Audit, NamesTheFailureThatTheVerdictRestsOn) {
  const Verdict verdict = Recorded()
                              .ok(1, "write", 1)
                              .fail(1, "write", 2, "request timed out")
                              .fail(1, "write", 3, "request timed out")
                              .fail(1, "write", 4, "no leader")
                              .ok(1, "read", 2)
                              .judge();
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  ASSERT_TRUE(verdict.audit);
  const Audit& audit = *verdict.audit;
  EXPECT_TRUE(audit.whole);
  EXPECT_EQ(audit.resting, 1U);
  ASSERT_EQ(audit.needed.size(), 1U);
  EXPECT_EQ(audit.needed[0].f, "write");
  EXPECT_EQ(audit.needed[0].error, "request timed out");
  EXPECT_EQ(audit.needed[0].calls, 1U);
  EXPECT_EQ(audit.needed[0].ops, std::vector<std::int64_t>{2});
}

TEST(Audit, ARefusedSwapIsAKindOfItsOwn) {
  const Recorded recorded = Recorded()
                                .ok(1, "write", 1)
                                .fail(2, "cas", Value::List{1, 2}, std::string(compare_failed))
                                .fail(2, "write", 9, "closed")
                                .ok(1, "read", 2);
  const Verdict verdict = recorded.judge();
  ASSERT_TRUE(verdict.audit);
  ASSERT_EQ(verdict.audit->needed.size(), 1U);
  EXPECT_EQ(verdict.audit->needed[0].f, "cas");
  EXPECT_EQ(verdict.audit->needed[0].error, compare_failed);
  EXPECT_TRUE(recorded.judge(FailMeans::absent).audit->whole);
}

TEST(Audit, AVerdictThatStandsWhateverFailedRestsOnNothing) {
  const Verdict verdict = Recorded()
                              .ok(1, "write", 1)
                              .fail(1, "write", 3, "timeout")
                              .ok(1, "write", 2)
                              .ok(1, "read", 1)
                              .judge();
  EXPECT_EQ(verdict.outcome, Outcome::invalid);
  ASSERT_TRUE(verdict.audit);
  EXPECT_EQ(verdict.audit->keys, 1U);
  EXPECT_EQ(verdict.audit->resting, 0U);
  EXPECT_FALSE(verdict.audit->whole);
}

TEST(Audit, AFailedReadIsNoReasonToJudgeAgain) {
  EXPECT_FALSE(Recorded()
                   .ok(1, "write", 1)
                   .fail(1, "read", Value(), "timeout")
                   .ok(1, "read", 2)
                   .judge()
                   .audit);
}

TEST(Audit, OneBadKeyThatStandsIsEnoughForTheVerdict) {
  const Verdict verdict = Recorded()
                              .on("a")
                              .ok(1, "write", 1)
                              .fail(1, "write", 2, "timeout")
                              .ok(1, "read", 2)
                              .on("b")
                              .ok(1, "read", 5)
                              .judge();
  ASSERT_TRUE(verdict.audit);
  EXPECT_EQ(verdict.audit->resting, 1U);
  EXPECT_FALSE(verdict.audit->whole);
}

TEST(Audit, WithoutTimeItIsUndecidedAndSaysWhy) {
  const History history =
      Recorded().ok(1, "write", 1).fail(1, "write", 2, "timeout").ok(1, "read", 2).history();
  const auto keys = partition(history);
  Budget budget;
  budget.deadline = Clock::now();
  const auto said = audit(
      history, {{&keys[0], {{2, 3}}}}, 1, [](const History&, const Budget&) { return Rejudged{}; },
      budget);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->undecided, 1U);
  EXPECT_EQ(said->cause, "time limit");
  EXPECT_FALSE(said->whole);
}

TEST(Audit, TheChangedHistoryIsOneEvenWhereCallsTakeNoTime) {
  std::vector<Op> ops;
  for (int i = 0; i < 4; ++i) {
    Op op;
    op.index = static_cast<std::int64_t>(ops.size());
    op.f = "write";
    op.value = i;
    ops.push_back(op);
    op.index = static_cast<std::int64_t>(ops.size());
    op.kind = Kind::fail;
    ops.push_back(op);
  }
  const History history(ops);
  const auto keys = partition(history);
  std::vector<Failure> failures;
  for (const std::uint32_t at : keys[0].events)
    if (history.ops()[at].kind == Kind::invoke)
      failures.push_back({at, static_cast<std::uint32_t>(history.completion(at))});
  const History changed = reclassified(history, keys[0], failures);
  ASSERT_EQ(changed.ops().size(), 8U);
  for (const Op& op : changed.ops()) EXPECT_NE(op.kind, Kind::fail);
}

}  // namespace
}  // namespace clew
