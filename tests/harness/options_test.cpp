#include "harness/options.h"

#include <gtest/gtest.h>

#include "harness/clock.h"
#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/rng.h"

namespace clew {
namespace {

TEST(Duration, IsReadWithAndWithoutUnit) {
  EXPECT_EQ(parse_duration("30"), std::chrono::seconds(30));
  EXPECT_EQ(parse_duration("1.5s"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_duration("250ms"), std::chrono::milliseconds(250));
  EXPECT_EQ(parse_duration("10m"), std::chrono::minutes(10));
  for (const char* bad : {"", "s", "-1", "1x", "1 s", "nan", "inf", "1e300h"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Options, ValuesThatDoNotFitAreUsageErrors) {
  Options options({{"keys", {"seven"}}, {"count", {"12"}}, {"for", {"2 days"}}});
  EXPECT_THROW(options.number("keys"), UsageError);
  EXPECT_EQ(options.number("count"), 12);
  EXPECT_THROW(options.duration("for"), UsageError);
}

TEST(Nearest, FindsTheTypoButInventsNothing) {
  const std::vector<std::string> known{"partition", "pause", "kill"};
  EXPECT_EQ(nearest("pasue", known), "pause");
  EXPECT_EQ(nearest("partitoin", known), "partition");
  EXPECT_EQ(nearest("zebra", known), "");
}

TEST(Rng, StreamsOfOneSeedAreIndependentAndRepeatable) {
  Rng a = Rng::stream(5, "kill");
  Rng b = Rng::stream(5, "kill");
  Rng c = Rng::stream(5, "pause");
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(a.below(7), 7U);
    const auto between = a.between(-3, 3);
    EXPECT_TRUE(between >= -3 && between <= 3);
  }
}

}  // namespace
}  // namespace clew
