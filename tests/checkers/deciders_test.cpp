#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "checkers/linearizable.h"
#include "checkers/models/fifo_queue.h"
#include "checkers/models/mutex.h"
#include "checkers/models/set.h"
#include "harness/rng.h"
#include "tests/support/calls.h"

namespace clew {
namespace {

using testing::Called;
using Calls = std::vector<Called>;

template <Model M>
Finding decided(const Calls& calls) {
  const History history = testing::history_of_calls(calls);
  const auto key = normalise<M>(history, partition(history).at(0), FailMeans::observed);
  return M::decide(key.calls, Budget{});
}

TEST(QueueOrder, IsForValuesThatAreEnqueuedOnce) {
  EXPECT_EQ(decided<FifoQueue>({{0, 1, 2, "enqueue", 1, 1}, {0, 3, 4, "dequeue", {}, 1}}).answer,
            Answer::valid);
  EXPECT_EQ(decided<FifoQueue>({{0, 1, 2, "enqueue", 1, 1}, {0, 3, 4, "enqueue", 1, 1}}).answer,
            Answer::not_applicable);
  EXPECT_EQ(decided<FifoQueue>({{0, 1, 2, "enqueue", 1, 1}, {1, 3, 4, "enqueue", 1, 1, Kind::info}})
                .answer,
            Answer::not_applicable);
}

TEST(QueueOrder, LeavesOpenWhatADequeueOfUnknownOutcomeTook) {
  Calls calls = {{0, 1, 2, "enqueue", 1, 1}, {1, 5, 6, "dequeue"}};
  EXPECT_EQ(decided<FifoQueue>(calls).answer, Answer::invalid);
  calls.push_back({2, 3, 4, "dequeue", {}, {}, Kind::info});
  EXPECT_EQ(decided<FifoQueue>(calls).answer, Answer::not_applicable);
  EXPECT_EQ(linearizable<FifoQueue>()->check(testing::history_of_calls(calls), {}, {}).outcome,
            Outcome::valid);
}

TEST(Switches, AreForSetsThatNobodyReadsWhole) {
  const Called add{0, 1, 2, "add", 1, true};
  EXPECT_EQ(decided<Set>({add, {0, 3, 4, "contains", 1, true}}).answer, Answer::valid);
  EXPECT_EQ(decided<Set>({add, {0, 3, 4, "contains", 1, false}}).answer, Answer::invalid);
  EXPECT_EQ(decided<Set>({add, {0, 3, 4, "read", {}, Value::List{1}}}).answer,
            Answer::not_applicable);
}

TEST(Switches, AreForCallsThatTellWhetherTheyChangedSomething) {
  const Called add{0, 1, 2, "add", 1, 1}, again{0, 3, 4, "add", 1, 1};
  EXPECT_EQ(decided<Set>({add}).answer, Answer::valid);  // Nobody else added it: it was new.
  EXPECT_EQ(decided<Set>({add, again}).answer, Answer::not_applicable);
  EXPECT_EQ(decided<Set>({add, {0, 3, 4, "remove", 1, {}}}).answer, Answer::not_applicable);
}

TEST(Switches, AreForEveryMutex) {
  EXPECT_EQ(decided<Mutex>({{0, 1, 2, "acquire"}, {1, 1, 2, "release"}}).answer, Answer::valid);
  EXPECT_EQ(decided<Mutex>({{0, 1, 2, "acquire"}, {1, 3, 4, "acquire"}}).answer, Answer::invalid);
}

// Twenty busy clients of a queue that is correct; some enqueues are never answered.
Calls busy_queue(std::size_t count, Rng& rng) {
  struct Draft {
    Called call;
    double point;
  };
  std::vector<Draft> drafts;
  std::vector<std::int64_t> free(20, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto client =
        static_cast<std::size_t>(std::min_element(free.begin(), free.end()) - free.begin());
    Called call{static_cast<std::int64_t>(client), free[client], 0, "dequeue"};
    call.to = call.from + rng.between(10, 2000);
    free[client] = call.to + rng.between(1, 100);
    if (rng.chance(0.52)) {
      call.f = "enqueue";
      call.asked = call.answer = static_cast<std::int64_t>(i);
      if (rng.chance(0.01)) {
        call.end = Kind::info;
        call.process = static_cast<std::int64_t>(1000 + i);
      }
    }
    const double length = static_cast<double>(call.to - call.from);
    drafts.push_back({call, static_cast<double>(call.from) + rng.unit() * length});
  }
  std::vector<Draft*> order;
  for (Draft& draft : drafts) order.push_back(&draft);
  std::sort(order.begin(), order.end(),
            [](const Draft* a, const Draft* b) { return a->point < b->point; });
  std::deque<Value> queue;
  for (Draft* draft : order) {
    if (draft->call.f == "enqueue") {
      if (draft->call.end == Kind::ok || rng.chance(0.5)) queue.push_back(draft->call.asked);
    } else if (!queue.empty()) {
      draft->call.answer = queue.front();
      queue.pop_front();
    }
  }
  Calls calls;
  for (const Draft& draft : drafts) calls.push_back(draft.call);
  return calls;
}

TEST(QueueOrder, JudgesALongHistoryOfManyClientsAndFindsOneLie) {
  Rng rng(7);
  Calls calls = busy_queue(40'000, rng);
  const Verdict right = linearizable<FifoQueue>()->check(testing::history_of_calls(calls), {}, {});
  EXPECT_EQ(right.outcome, Outcome::valid);
  EXPECT_EQ(right.keys.at(0).engine, "polynomial");
  // Two dequeues far from each other change what they saw.
  std::vector<std::size_t> dequeues;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (calls[i].f == "dequeue" && !calls[i].answer.is_nil()) dequeues.push_back(i);
  std::swap(calls[dequeues[5000]].answer, calls[dequeues[5200]].answer);
  const Verdict wrong = linearizable<FifoQueue>()->check(testing::history_of_calls(calls), {}, {});
  ASSERT_EQ(wrong.outcome, Outcome::invalid);
  EXPECT_LE(wrong.counterexamples.at(0).calls.size(), 4U);
}

}  // namespace
}  // namespace clew
