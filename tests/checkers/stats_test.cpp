#include "checkers/stats.h"

#include <gtest/gtest.h>

#include "tests/support/timeline.h"

namespace clew {
namespace {

Verdict judge(std::string_view picture) { return stats()->check(testing::draw(picture), {}, {}); }

TEST(Stats, CountsWhatSucceeded) {
  const Verdict verdict = judge(R"(
    p0  |-write 1-| |-read 1-| |-read 1-|  )");
  EXPECT_EQ(verdict.outcome, Outcome::valid);
  EXPECT_EQ(verdict.reason, "read 2 of 2 ok, write 1 of 1 ok");
}

TEST(Stats, ARunInWhichAFunctionNeverSucceededTestedNothing) {
  const Verdict verdict = judge(R"(
    p0  |-write 1.......
    p1     |-read nil-|  )");
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.cause, "vacuous: no write succeeded");
}

TEST(Stats, ACasMayBeRefusedEachTime) {
  EXPECT_EQ(judge(R"(
    p0  |-write 1-| |-read 1-| |-cas 5->6 refused-|  )")
                .outcome,
            Outcome::valid);
}

TEST(Stats, AnEmptyHistoryTestedNothing) {
  EXPECT_EQ(stats()->check(History{}, {}, {}).outcome, Outcome::unknown);
}

}  // namespace
}  // namespace clew
