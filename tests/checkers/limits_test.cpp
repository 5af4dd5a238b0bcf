#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "harness/error.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

// Few values, many clients and unknown outcomes: as hard as registers get.
History hard_history() {
  Rng rng(7);
  return History(testing::long_history(
      rng, {.calls = 4000, .clients = 60, .values = 5, .unknown = 0.1, .cas = 0.8}));
}

TEST(Limits, TimeThatRunsOutMeansUnknownNeverAVerdict) {
  const Verdict verdict =
      linearizable<CasRegister>()->check(hard_history(), {.time = Nanos(1)}, {});
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "time limit");
  EXPECT_EQ(verdict.keys.at(0).cause, "time limit");
  EXPECT_NE(verdict.reason.find(" of "), std::string::npos) << verdict.reason;  // How far it got.
}

TEST(Limits, MemoryThatRunsOutMeansUnknownNeverAVerdict) {
  const Verdict verdict = linearizable<CasRegister>()->check(
      hard_history(), {.time = std::chrono::seconds(60), .memory_bytes = 20'000}, {});
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "memory limit");
}

TEST(Limits, AStopMeansUnknownNeverAVerdict) {
  std::stop_source source;
  source.request_stop();
  const Verdict verdict =
      linearizable<CasRegister>()->check(hard_history(), {}, source.get_token());
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "interrupted");
}

TEST(Limits, ACheckerThatThrowsIsUnknownAndSaysThatItIsOurFault) {
  class Broken final : public Checker {
    Verdict check(const History&, const Limits&, std::stop_token) const override {
      throw std::runtime_error("boom");
    }
  };
  const Verdict verdict = check_safely(Broken{}, History{}, {}, {});
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "internal error: boom");
}

TEST(Limits, ALimitOfTimeIsKeptInTheMiddleOfASearch) {
  const auto begin = Clock::now();
  const Verdict verdict = linearizable<CasRegister>()->check(
      hard_history(), {.time = std::chrono::milliseconds(200)}, {});
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "time limit");
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
}

TEST(Limits, AHistoryThatTheModelCannotReadIsTheUsersToMend) {
  Op op;
  op.index = 0;
  op.f = "append";
  const auto checker = linearizable<CasRegister>();
  EXPECT_THROW(check_safely(*checker, History({op}), {}, {}), UsageError);
}

}  // namespace
}  // namespace clew
