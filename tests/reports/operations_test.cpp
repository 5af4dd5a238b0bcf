#include "reports/operations.h"

#include <gtest/gtest.h>

#include "harness/base64.h"
#include "reports/packed.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

Op event(std::int64_t index, std::int64_t process, Kind kind, Nanos time, Value value = {},
         std::string key = "k1") {
  Op op{.index = index, .time = time, .process = process, .kind = kind, .f = "write", .key = key};
  op.value = std::move(value);
  op.node = "n1";
  return op;
}

std::vector<std::uint64_t> numbers(const std::string& column) {
  std::vector<std::uint64_t> out;
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (const char c : column) {
    const auto byte = static_cast<unsigned char>(c);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    out.push_back(value);
    value = 0;
    shift = 0;
  }
  return out;
}

using List = std::vector<std::uint64_t>;

TEST(Operations, OfOneLaneFollowOneAnother) {
  const History history({event(0, 0, Kind::invoke, microseconds(10), 7),
                         event(1, 0, Kind::ok, microseconds(30), 7),
                         event(2, 0, Kind::invoke, microseconds(35), 8),
                         event(3, 0, Kind::info, microseconds(1035), 8)});
  const Operations ops = list_operations(history, {});
  EXPECT_EQ(ops.count, 2U);
  ASSERT_EQ(ops.lanes.size(), 1U);
  EXPECT_EQ(numbers(ops.gaps), (List{10, 5}));
  EXPECT_EQ(numbers(ops.durations), (List{21, 1001}));
  EXPECT_EQ(numbers(ops.kinds), (List{0, 3}));
  EXPECT_EQ(ops.values, (std::vector<std::string>{"7\n8\n"}));
}

TEST(Operations, TakeOverTheLaneOfAClientWhoseAnswerGotLost) {
  Results results;
  results.concurrency = 2;
  const History history(
      {event(0, 0, Kind::invoke, microseconds(10)), event(1, 1, Kind::invoke, microseconds(11)),
       event(2, 1, Kind::info, microseconds(20)), event(3, 0, Kind::info, microseconds(21)),
       event(4, 3, Kind::invoke, microseconds(30)), event(5, 2, Kind::invoke, microseconds(31))});
  const Operations ops = list_operations(history, results);
  ASSERT_EQ(ops.lanes.size(), 2U);
  EXPECT_EQ(ops.lanes[0].process, 0);
  EXPECT_EQ(ops.lanes[1].process, 1);
  EXPECT_EQ(numbers(ops.processes), (List{0, 4, 0, 4})) << "both went on as 2 more, zig-zag 4";
  EXPECT_EQ(numbers(ops.durations), (List{12, 0, 10, 0})) << "two never came back";
}

TEST(Operations, RoundDownSoThatOrderIsKept) {
  const History history(
      {event(0, 0, Kind::invoke, nanoseconds(1'999)), event(1, 0, Kind::ok, nanoseconds(2'001)),
       event(2, 0, Kind::invoke, nanoseconds(2'002)), event(3, 0, Kind::ok, nanoseconds(2'003))});
  const Operations ops = list_operations(history, {});
  EXPECT_EQ(numbers(ops.gaps), (List{1, 0}));
  EXPECT_EQ(numbers(ops.durations), (List{2, 1}));
}

// The page counts starts and returns in earlier microseconds; what is missing is in the column.
TEST(Operations, HaveTheIndexOfTheHistoryAfterAll) {
  for (const std::string name : {"valid", "one-operation", "nothing-known"}) {
    const History history = samples::history_of(name);
    const Operations ops = list_operations(history, samples::valid());
    std::vector<std::int64_t> wanted;
    for (const Op& op : history.ops())
      if (op.kind == Kind::invoke) wanted.push_back(op.index);
    std::vector<std::int64_t> seen = ops.index_at;
    std::sort(wanted.begin(), wanted.end());
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, wanted) << name;
    EXPECT_EQ(numbers(ops.indexes).size(), ops.count) << name;
  }
}

TEST(Operations, LeaveValuesOutWhenThereAreTooManyAndCountThem) {
  std::vector<Op> events;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    events.push_back(event(2 * i, 0, Kind::invoke, microseconds(2 * i), i));
    events.push_back(event(2 * i + 1, 0, Kind::ok, microseconds(2 * i + 1), i));
  }
  const Operations all = list_operations(History(events), {});
  EXPECT_EQ(all.values.size(), 3U);
  EXPECT_EQ(all.values_left_out, 0U);
  const Operations few = list_operations(History(events), {}, {.most_value_bytes = 50'000});
  EXPECT_EQ(few.values.size(), 3U) << "the page finds each chunk by its number";
  EXPECT_FALSE(few.values[0].empty());
  EXPECT_TRUE(few.values[2].empty());
  EXPECT_EQ(few.values_left_out, 20'000U - Operations::chunk);
}

TEST(Operations, CutLongValuesAndKeepLinesLines) {
  const History history(
      {event(0, 0, Kind::invoke, microseconds(1), std::string(1'000'000, 'x') + "\n\t"),
       event(1, 0, Kind::ok, microseconds(2), "a\nb\tc")});
  const Operations ops = list_operations(history, {});
  ASSERT_EQ(ops.values.size(), 1U);
  EXPECT_LT(ops.values[0].size(), 400U);
  EXPECT_EQ(std::count(ops.values[0].begin(), ops.values[0].end(), '\n'), 1);
  EXPECT_EQ(std::count(ops.values[0].begin(), ops.values[0].end(), '\t'), 1);
}

TEST(Packed, IsTheSameForTheSameBytesAndNoLargerThanTheyAre) {
  const std::string zeros(100'000, '\0');
  EXPECT_EQ(packed(zeros), packed(zeros));
  EXPECT_LT(packed(zeros).size(), 1'000U);
  EXPECT_EQ(base64_decode(packed("clew"))->substr(0, 1), "\x78") << "a zlib header";
}

}  // namespace
}  // namespace clew
