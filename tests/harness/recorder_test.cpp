#include "harness/recorder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "harness/error.h"
#include "harness/history.h"
#include "harness/history_file.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

class RecorderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("clew-recorder-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

// One call, as a worker makes it.
void call(Recorder& recorder, std::int64_t process, std::int64_t value) {
  Op op{.process = process,
        .kind = Kind::invoke,
        .f = "write",
        .key = "k1",
        .value = value,
        .node = "n1"};
  recorder.invoke(op);
  Op done = op;
  done.kind = Kind::ok;
  done.time = recorder.now();
  recorder.complete(done);
}

TEST_F(RecorderTest, WhatManyThreadsRecordIsAWellFormedHistory) {
  Recorder recorder(folder_ / "history.jsonl", Clock::now());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&recorder, t] {
        for (int i = 0; i < 2000; ++i) call(recorder, t, i);
      });
  }
  recorder.finish();
  HistoryFile file = read_history_file(folder_ / "history.jsonl");
  ASSERT_EQ(file.ops.size(), 32000U);
  for (std::size_t i = 0; i < file.ops.size(); ++i)
    EXPECT_EQ(file.ops[i].index, static_cast<std::int64_t>(i));
  EXPECT_FALSE(file.cut);
  EXPECT_NO_THROW(History(std::move(file.ops)));
}

TEST_F(RecorderTest, EventsReachTheFileWhileTheRunGoesOn) {
  Recorder recorder(folder_ / "history.jsonl", Clock::now());
  call(recorder, 0, 1);
  const auto deadline = Clock::now() + std::chrono::seconds(5);
  while (fs::file_size(folder_ / "history.jsonl") == 0 && Clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(read_history_file(folder_ / "history.jsonl").ops.size(), 2U);
}

TEST_F(RecorderTest, AFullDiskIsReportedAndLeavesWholeLinesOnly) {
  // A file size limit fails a write in the middle of a line, as a full disk does.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit tight = before;
  tight.rlim_cur = 10'000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &tight);
  std::string message;
  {
    Recorder recorder(folder_ / "history.jsonl", Clock::now());
    for (int i = 0; i < 500 && !recorder.failed(); ++i) call(recorder, 0, i);
    try {
      recorder.finish();
    } catch (const EnvironmentError& e) { message = e.what(); }
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("EFBIG"), std::string::npos) << message;
  const HistoryFile file = read_history_file(folder_ / "history.jsonl");
  EXPECT_FALSE(file.cut);
  EXPECT_GT(file.ops.size(), 10U);
}

TEST_F(RecorderTest, AnExistingHistoryIsNeverOverwritten) {
  { const Recorder first(folder_ / "history.jsonl", Clock::now()); }
  EXPECT_THROW(Recorder(folder_ / "history.jsonl", Clock::now()), EnvironmentError);
}

}  // namespace
}  // namespace clew
