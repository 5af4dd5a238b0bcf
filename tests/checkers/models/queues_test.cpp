#include "tests/checkers/models/judged.h"

namespace clew::testing {
namespace {

TEST(FifoQueue, LetsOutFirstWhatCameInFirst) {
  const auto out = [](int first, int second) -> Calls {
    return {{0, 1, 2, "enqueue", 1, 1},
            {0, 3, 4, "enqueue", 2, 2},
            {1, 5, 6, "dequeue", {}, first},
            {1, 7, 8, "dequeue", {}, second}};
  };
  accepts("fifo-queue", out(1, 2));
  rejects("fifo-queue", out(2, 1), "out-of-order");
}

TEST(FifoQueue, LosesNothing) {
  rejects("fifo-queue", {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue"}}, "empty-but-not");
  rejects("fifo-queue",
          {{0, 1, 2, "enqueue", 1, 1}, {0, 3, 4, "enqueue", 2, 2}, {1, 5, 6, "dequeue", {}, 2}},
          "lost-element");
}

TEST(FifoQueue, LetsNothingOutTwiceOrOutOfNowhere) {
  rejects("fifo-queue",
          {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue", {}, 1}, {0, 7, 8, "dequeue", {}, 1}},
          "duplicate-element");
  rejects("fifo-queue", {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue", {}, 2}},
          "never-enqueued");
}

TEST(FifoQueue, ThatFailsADequeueByComparingWasEmpty) {
  const std::string empty(compare_failed);
  accepts("fifo-queue", {{0, 1, 2, "dequeue", {}, {}, Kind::fail, empty}});
  rejects("fifo-queue",
          {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue", {}, {}, Kind::fail, empty}},
          "empty-but-not");
}

TEST(FifoQueue, HoldsNoNil) {
  misunderstands("fifo-queue", {{0, 1, 2, "enqueue"}}, "other than nil");
  misunderstands("unordered-queue", {{0, 1, 2, "enqueue"}}, "other than nil");
}

TEST(UnorderedQueue, LetsOutOnceInAnyOrder) {
  accepts("unordered-queue", {{0, 1, 2, "enqueue", 1, 1},
                              {0, 3, 4, "enqueue", 2, 2},
                              {1, 5, 6, "dequeue", {}, 2},
                              {1, 7, 8, "dequeue", {}, 1},
                              {1, 9, 10, "dequeue"}});
  rejects("unordered-queue",
          {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue", {}, 1}, {1, 7, 8, "dequeue", {}, 1}},
          "duplicate-element");
  rejects("unordered-queue", {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue"}}, "empty-but-not");
}

TEST(UnorderedQueue, MayHaveLostAnyElementToADequeueOfUnknownOutcome) {
  const auto lost = [](const Value& first, const Value& second) -> Calls {
    return {{0, 1, 2, "enqueue", 1, 1},
            {0, 3, 4, "enqueue", 2, 2},
            {2, 5, 6, "dequeue", {}, {}, Kind::info},
            {1, 7, 8, "dequeue", {}, first},
            {1, 9, 10, "dequeue", {}, second}};
  };
  accepts("unordered-queue", lost(1, {}));
  accepts("unordered-queue", lost(2, {}));
  accepts("unordered-queue", lost(2, 1));
  rejects("unordered-queue", lost({}, {}), "empty-but-not");
}

}  // namespace
}  // namespace clew::testing
