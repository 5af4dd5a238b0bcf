#include <gtest/gtest.h>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

// Few values, many clients and unknown outcomes: as hard as registers get.
History hard_history() {
  Rng rng(7);
  return History(testing::random_history({.processes = 40,
                                          .calls = 3000,
                                          .values = 4,
                                          .cas = 0.3,
                                          .unknown = 0.1,
                                          .failed = 0,
                                          .gap_max = 1},
                                         rng));
}

TEST(Limits, TimeThatRunsOutMeansUnknownNeverAVerdict) {
  const Verdict verdict =
      linearizable<CasRegister>()->check(hard_history(), {.time = Nanos(1)}, {});
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "time limit");
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

}  // namespace
}  // namespace clew
