#include "harness/lab/delay_queue.h"

#include <gtest/gtest.h>

namespace clew {
namespace {

using namespace std::chrono_literals;

const Deadline start{};

std::vector<char> frame(char mark, std::size_t size = 100) { return std::vector<char>(size, mark); }

std::string drain(DelayQueue& queue, Deadline now) {
  std::string marks;
  while (const auto next = queue.pop(now)) marks += next->bytes[0];
  return marks;
}

TEST(DelayQueue, GivesFramesByTheirTimeAndEqualTimesAsTheyCame) {
  DelayQueue queue(4);
  EXPECT_EQ(queue.next(), std::nullopt);
  for (const auto& [mark, at] : {std::pair{'c', 30ms}, {'a', 10ms}, {'d', 30ms}, {'b', 20ms}})
    ASSERT_TRUE(queue.push(start + at, 1, frame(mark)));
  EXPECT_EQ(queue.next(), start + 10ms);
  EXPECT_EQ(drain(queue, start + 9ms), "");
  EXPECT_EQ(drain(queue, start + 20ms), "ab");
  EXPECT_EQ(drain(queue, start + 30ms), "cd");
  EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(DelayQueue, TakesOneLinksFramesInOrderAndLeavesTheOthers) {
  DelayQueue queue(4);
  queue.push(start + 3ms, 1, frame('c'));
  queue.push(start + 2ms, 2, frame('x'));
  queue.push(start + 1ms, 1, frame('a'));
  queue.push(start + 4ms, 3, frame('y'));
  queue.push(start + 1ms, 1, frame('b'));
  EXPECT_FALSE(queue.empty(1));
  std::string marks;
  for (const DelayedFrame& taken : queue.take(1)) marks += taken.bytes[0];
  EXPECT_EQ(marks, "abc");
  EXPECT_TRUE(queue.empty(1));
  EXPECT_TRUE(queue.take(1).empty());
  EXPECT_EQ(drain(queue, start + 1s), "xy");
}

TEST(DelayQueue, AFullLinkLosesFramesAndTheOthersDoNot) {
  DelayQueue queue(2);
  const std::size_t fit = DelayQueue::link_limit / 1000;
  for (std::size_t i = 0; i < fit; ++i) ASSERT_TRUE(queue.push(start, 0, frame('a', 1000)));
  EXPECT_FALSE(queue.push(start, 0, frame('a', 1000)));
  EXPECT_TRUE(queue.push(start, 1, frame('b', 1000)));
  EXPECT_TRUE(queue.pop(start));
  EXPECT_TRUE(queue.push(start, 0, frame('a', 1000)));
}

TEST(DelayQueue, HasALimitForAllLinksTogether) {
  DelayQueue queue(200);
  const std::size_t size = DelayQueue::link_limit;
  for (std::size_t i = 0; i < DelayQueue::total_limit / size; ++i)
    ASSERT_TRUE(queue.push(start, i, frame('a', size)));
  EXPECT_FALSE(queue.push(start, 199, frame('a', 1)));
  EXPECT_EQ(queue.take(0).size(), 1U);
  EXPECT_TRUE(queue.push(start, 199, frame('a', 1)));
}

}  // namespace
}  // namespace clew
