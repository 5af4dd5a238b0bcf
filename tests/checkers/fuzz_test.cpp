#include "tests/checkers/fuzz.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace clew {
namespace {

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t histories = 60'000;
#else
constexpr std::uint64_t histories = 10'000;  // The same, ten times as slow.
#endif

class Fuzz : public ::testing::TestWithParam<std::uint64_t> {};

// clew_checker_fuzz does the same for as long as it is told to.
TEST_P(Fuzz, EveryEngineAndTheWholeCheckerSayWhatAllOrdersSay) {
  testing::FuzzCount count;
  for (std::uint64_t i = 0; i < histories; ++i) {
    Rng rng = Rng::stream(GetParam(), std::to_string(i));
    const std::string wrong = testing::fuzz_once(rng, count);
    ASSERT_EQ(wrong, "") << "history " << i << " of seed " << GetParam();
  }
  // The comparison must have compared something.
  EXPECT_GT(count.zones, histories / 2);
  EXPECT_GT(count.frontier, histories / 2);
  EXPECT_GT(count.valid, histories / 5);
  EXPECT_GT(count.cores, histories / 10);
  EXPECT_LE(count.unnamed, count.named / 1000);
  EXPECT_GT(count.orders, histories / 5);
  EXPECT_GT(count.condemned, histories / 10);
  for (std::size_t rule = 0; rule < count.kin.size(); ++rule)
    EXPECT_GT(count.kin[rule], histories / 200) << testing::kin_rules()[rule];
}
INSTANTIATE_TEST_SUITE_P(Seeds, Fuzz, ::testing::Values(1001, 1002));

}  // namespace
}  // namespace clew
