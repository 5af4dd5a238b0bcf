#include "checkers/frontier_pool.h"

#include <gtest/gtest.h>

namespace clew {
namespace {

Spent spent(std::initializer_list<std::uint32_t> kinds) {
  Spent out;
  for (const std::uint32_t kind : kinds) out.add(kind);
  return out;
}

TEST(FrontierPool, SpentIsWithinOtherOnlyIfNoKindIsMore) {
  EXPECT_TRUE(spent({}).within(spent({1})));
  EXPECT_TRUE(spent({1}).within(spent({1})));
  EXPECT_TRUE(spent({1, 3}).within(spent({3, 2, 1})));
  EXPECT_FALSE(spent({1}).within(spent({})));
  EXPECT_FALSE(spent({1, 1}).within(spent({1})));
  EXPECT_FALSE(spent({1}).within(spent({2})));
  EXPECT_FALSE(spent({1, 1, 2}).within(spent({1, 2, 2})));
}

TEST(FrontierPool, OnlyTheThriftierOfTwoConfigurationsStays) {
  const std::uint64_t bits = 0;
  FrontierPool<int> pool;
  pool.reset(1);
  pool.insert(7, 7, &bits, spent({1}), Trail::none);
  pool.insert(7, 7, &bits, spent({2}), Trail::none);  // Neither beats the other.
  ASSERT_EQ(pool.size(), 2U);
  pool.insert(7, 7, &bits, spent({1, 2}), Trail::none);  // Both beat it.
  ASSERT_EQ(pool.size(), 2U);
  pool.insert(7, 7, &bits, spent({}), Trail::none);  // It beats both.
  ASSERT_EQ(pool.size(), 3U);
  EXPECT_TRUE(pool[0].beaten && pool[1].beaten);
  EXPECT_FALSE(pool[2].beaten);
  pool.insert(7, 8, &bits, spent({1}), Trail::none);  // Another state, though of the same hash.
  const std::uint64_t other = 1;
  pool.insert(7, 7, &other, spent({1}), Trail::none);  // Another set of calls.
  ASSERT_EQ(pool.size(), 5U);
  EXPECT_FALSE(pool[3].beaten || pool[4].beaten);
}

}  // namespace
}  // namespace clew
