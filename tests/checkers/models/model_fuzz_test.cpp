#include "tests/checkers/models/model_fuzz.h"

#include <gtest/gtest.h>

#include <numeric>

#include "checkers/models.h"

namespace clew {
namespace {

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t histories = 3'000;
#else
constexpr std::uint64_t histories = 300;  // The same, ten times as slow.
#endif

class ModelFuzz : public ::testing::TestWithParam<std::string> {};

// clew_model_fuzz does the same for as long as it is told to.
TEST_P(ModelFuzz, EveryEngineSaysWhatAllOrdersOfThePlainProgramSay) {
  testing::ModelFuzzCount count;
  for (std::uint64_t i = 0; i < histories; ++i) {
    Rng rng = Rng::stream(1, GetParam() + " " + std::to_string(i));
    const std::string wrong = testing::model_fuzz_once(GetParam(), rng, count);
    ASSERT_EQ(wrong, "") << GetParam() << ", history " << i << " of seed 1";
  }
  // The comparison must have compared something.
  EXPECT_EQ(count.frontier, histories);
  EXPECT_GT(count.valid, histories / 5);
  EXPECT_GT(count.cores, histories / 20);
  EXPECT_GT(std::accumulate(count.kin.begin(), count.kin.end(), 0U), histories / 2);
  EXPECT_EQ(count.certificates, histories);
}
INSTANTIATE_TEST_SUITE_P(Models, ModelFuzz, ::testing::ValuesIn(testing::fuzzed_models()),
                         [](const auto& model) {
                           std::string name = model.param;
                           for (char& letter : name)
                             if (letter == '-') letter = '_';
                           return name;
                         });

TEST(ModelFuzzing, LeavesNoModelOut) {
  EXPECT_EQ(testing::fuzzed_models().size(), models().size());
}

}  // namespace
}  // namespace clew
