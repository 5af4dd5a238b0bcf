#include "harness/runner.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "harness/history.h"
#include "harness/history_file.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

// Answers from a script: what the runner does with each answer is under test,
// not the system.
class Scripted final : public Client {
 public:
  explicit Scripted(std::function<Completion(const Op&)> answer) : answer_(std::move(answer)) {}
  Completion invoke(const Op& op, Deadline /*deadline*/) override { return answer_(op); }

 private:
  std::function<Completion(const Op&)> answer_;
};

class RunnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("clew-runner-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<Op> record(int workers, Gen generator, std::function<Completion(const Op&)> answer) {
    Recorder recorder(folder_ / "history.jsonl", Clock::now());
    std::vector<Seat> seats(static_cast<std::size_t>(workers));
    for (std::size_t w = 0; w < seats.size(); ++w)
      seats[w] = {.node = "n" + std::to_string(w % 2 + 1), .connect = [this, answer] {
                    ++connects_;
                    return std::make_unique<Scripted>(answer);
                  }};
    Runner runner(std::move(seats), recorder, {.seed = 1, .op_timeout = std::chrono::seconds(1)});
    runner.run(*generator, stop_.get_token());
    recorder.finish();
    return read_history_file(folder_ / "history.jsonl").ops;
  }

  static Gen reads(std::int64_t count) {
    return limit(count, repeat([](const Context&) { return Op{.f = "read", .key = "k"}; }));
  }

  fs::path folder_;
  std::stop_source stop_;
  std::atomic<int> connects_{0};
};

TEST_F(RunnerTest, EachOperationIsRecordedOnce) {
  const auto ops = record(4, reads(1000), [](const Op&) { return Completion::ok(7); });
  EXPECT_EQ(ops.size(), 2000U);
  EXPECT_NO_THROW(History{ops});
  EXPECT_LE(connects_, 4);  // A worker that came too late had nothing left to do.
}

TEST_F(RunnerTest, AnUnknownOutcomeRetiresTheProcessAndItsConnection) {
  const auto ops = record(2, reads(10), [](const Op&) { return Completion::info("lost"); });
  std::map<std::int64_t, int> invocations;
  for (const Op& op : ops) invocations[op.process] += op.kind == Kind::invoke ? 1 : 0;
  EXPECT_EQ(invocations.size(), 10U);
  for (const auto& [process, count] : invocations) EXPECT_EQ(count, 1) << process;
  EXPECT_EQ(connects_, 10);
}

TEST_F(RunnerTest, AClientThatThrowsIsAnUnknownOutcomeNeverAFailure) {
  const auto ops =
      record(1, reads(1), [](const Op&) -> Completion { throw std::runtime_error("boom"); });
  ASSERT_EQ(ops.size(), 2U);
  EXPECT_EQ(ops[1].kind, Kind::info);
  EXPECT_EQ(ops[1].error, "boom");
}

TEST_F(RunnerTest, TimesEncloseTheCall) {
  const auto start = Clock::now();
  Nanos inside{};
  const auto ops = record(1, reads(1), [&](const Op&) {
    inside = Clock::now() - start;
    return Completion::ok(1);
  });
  ASSERT_EQ(ops.size(), 2U);
  // The recorder's clock starts after ours: only differences compare.
  EXPECT_LE(ops[0].time, inside);
  EXPECT_LE(ops[0].time, ops[1].time);
}

TEST_F(RunnerTest, WorkersSitOnTheNodesRoundRobin) {
  const auto ops = record(4, each_worker([](int) {
                            return limit(1, repeat([](const Context&) { return Op{.f = "read"}; }));
                          }),
                          [](const Op&) { return Completion::ok({}); });
  std::map<std::int64_t, std::string> node;
  for (const Op& op : ops) node[op.process] = op.node;
  EXPECT_EQ(node,
            (std::map<std::int64_t, std::string>{{0, "n1"}, {1, "n2"}, {2, "n1"}, {3, "n2"}}));
}

TEST_F(RunnerTest, AStopEndsTheRunWithoutWaitingForTheNextSlot) {
  Gen gen = repeat([](const Context&) { return Op{.time = std::chrono::hours(1), .f = "read"}; });
  const auto begin = Clock::now();
  std::jthread stopper([this] { stop_.request_stop(); });
  const auto ops = record(3, std::move(gen), [](const Op&) { return Completion::ok(1); });
  EXPECT_TRUE(ops.empty());
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(RunnerTest, AWriteKeepsItsArgumentAsItsAnswer) {
  const auto ops =
      record(1, limit(1, repeat([](const Context&) { return Op{.f = "write", .value = 5}; })),
             [](const Op&) { return Completion::ok({}); });
  ASSERT_EQ(ops.size(), 2U);
  EXPECT_EQ(ops[1].value, Value(5));
}

}  // namespace
}  // namespace clew
