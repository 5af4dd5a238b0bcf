#include <gtest/gtest.h>

#include "tests/checkers/models/large.h"
#include "tests/checkers/models/model_fuzz.h"

namespace clew {
namespace {

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t histories = 6;
#else
constexpr std::uint64_t histories = 2;  // The same, ten times as slow.
#endif

class ModelLarge : public ::testing::TestWithParam<std::string> {};

// clew_model_fuzz --large does the same for as long as it is told to.
TEST_P(ModelLarge, WhatAnObjectDidIsNeverInvalidAndWhatNoneCanDoIsNeverValid) {
  testing::LargeCount count;
  for (std::uint64_t i = 0; i < histories; ++i) {
    Rng rng = Rng::stream(1, GetParam() + " " + std::to_string(i));
    const std::string wrong = testing::model_large_once(GetParam(), rng, count);
    ASSERT_EQ(wrong, "") << GetParam() << ", history " << i << " of seed 1";
  }
  // How many it can decide in time depends on the machine.
  EXPECT_GT(count.valid, 0U);
  EXPECT_GT(count.invalid, 0U);
}
INSTANTIATE_TEST_SUITE_P(Models, ModelLarge, ::testing::ValuesIn(testing::fuzzed_models()),
                         [](const auto& model) {
                           std::string name = model.param;
                           for (char& letter : name)
                             if (letter == '-') letter = '_';
                           return name;
                         });

}  // namespace
}  // namespace clew
