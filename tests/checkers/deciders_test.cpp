#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "checkers/linearizable.h"
#include "checkers/models/append_list.h"
#include "checkers/models/counter.h"
#include "checkers/models/fifo_queue.h"
#include "checkers/models/mutex.h"
#include "checkers/models/set.h"
#include "checkers/models/versioned_register.h"
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

TEST(ListOrder, IsForElementsThatAreAppendedOnce) {
  using List = Value::List;
  const Called one{0, 1, 2, "append", 1, 1}, read{1, 5, 6, "read", {}, List{1}};
  EXPECT_EQ(decided<AppendList>({one, read}).answer, Answer::valid);
  EXPECT_EQ(decided<AppendList>({one, {0, 3, 4, "append", 1, 1}, read}).answer,
            Answer::not_applicable);
  EXPECT_EQ(decided<AppendList>({one, {0, 3, 4, "append", 2, 2}, read}).answer, Answer::invalid);
}

TEST(ListOrder, ShowsTheTwoElementsThatAreInTheWrongOrder) {
  Calls calls;
  Value::List list;
  for (int i = 0; i < 500; ++i) {
    calls.push_back({i % 5, 10 * i, 10 * i + 5, "append", i, i});
    list.emplace_back(i);
  }
  calls.push_back({9, 9000, 9001, "read", {}, list});
  EXPECT_EQ(linearizable<AppendList>()->check(testing::history_of_calls(calls), {}, {}).outcome,
            Outcome::valid);
  std::swap(list[100], list[300]);
  calls.back().answer = list;
  const Verdict wrong = linearizable<AppendList>()->check(testing::history_of_calls(calls), {}, {});
  ASSERT_EQ(wrong.outcome, Outcome::invalid);
  const Counterexample& example = wrong.counterexamples.at(0);
  ASSERT_EQ(example.calls.size(), 3U);
  EXPECT_NE(example.calls[2].text.find("] among others"), std::string::npos)
      << example.calls[2].text;
}

TEST(CountOrder, IsForCountersOfEqualSteps) {
  const Called one{0, 1, 2, "add", 3, {}}, read{1, 5, 6, "read", {}, 3};
  EXPECT_EQ(decided<Counter>({one, read}).answer, Answer::valid);
  EXPECT_EQ(decided<Counter>({one, {0, 3, 4, "add", 3, {}}, read}).answer, Answer::invalid);
  EXPECT_EQ(decided<Counter>({one, {0, 3, 4, "add", 4, {}}, read}).answer, Answer::not_applicable);
  EXPECT_EQ(decided<Counter>({one, {0, 3, 4, "add", 0, {}}, read}).answer, Answer::not_applicable);
  EXPECT_EQ(decided<Counter>({{0, 1, 2, "add", -2, {}}, {1, 5, 6, "read", {}, -2}}).answer,
            Answer::valid);
  // No number of such steps makes 4.
  EXPECT_EQ(decided<Counter>({one, {1, 5, 6, "read", {}, 4}}).answer, Answer::invalid);
  EXPECT_EQ(
      decided<Counter>({{0, 1, 2, "add", std::numeric_limits<std::int64_t>::max(), {}}}).answer,
      Answer::not_applicable);
}

TEST(CountOrder, FindsWhatNoSingleReadShows) {
  // Each read is within what could be added by then, but the second one goes back.
  const Calls calls = {{0, 1, 20, "add", 1, {}},
                       {1, 1, 20, "add", 1, {}},
                       {2, 3, 4, "read", {}, 2},
                       {2, 5, 6, "read", {}, 1}};
  EXPECT_EQ(decided<Counter>(calls).answer, Answer::invalid);
}

TEST(VersionOrder, IsForCallsThatTellTheirVersion) {
  using List = Value::List;
  const auto at = [](Value value, int version) { return Value(List{std::move(value), version}); };
  const Called one{0, 1, 2, "write", 7, at(7, 1)};
  EXPECT_EQ(decided<VersionedRegister>({one, {1, 3, 4, "read", {}, at(7, 1)}}).answer,
            Answer::valid);
  EXPECT_EQ(decided<VersionedRegister>({one, {1, 3, 4, "read", {}, at({}, 0)}}).answer,
            Answer::invalid);
  EXPECT_EQ(decided<VersionedRegister>({one, {1, 3, 4, "read", {}, at(8, 1)}}).answer,
            Answer::invalid);
  EXPECT_EQ(decided<VersionedRegister>({one, {1, 3, 4, "read", {}, 7}}).answer,
            Answer::not_applicable);
}

TEST(VersionOrder, GivesVersionsThatNobodyTellsToWritesOfUnknownOutcome) {
  using List = Value::List;
  const auto at = [](Value value, int version) { return Value(List{std::move(value), version}); };
  const Called lost{0, 1, 2, "write", 7, {}, Kind::info},
      late{5, 9, 10, "write", 7, {}, Kind::info};
  const Called read{1, 3, 4, "read", {}, at(7, 1)};
  EXPECT_EQ(decided<VersionedRegister>({lost, read}).answer, Answer::valid);
  EXPECT_EQ(decided<VersionedRegister>({read, late}).answer, Answer::invalid);
  EXPECT_EQ(decided<VersionedRegister>({{0, 1, 2, "write", 8, {}, Kind::info}, read}).answer,
            Answer::invalid);
  EXPECT_EQ(
      decided<VersionedRegister>({{0, 1, 2, "cas", List{Value(), 7}, {}, Kind::info}, read}).answer,
      Answer::not_applicable);
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
