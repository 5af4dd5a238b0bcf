#include "harness/store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/atomic_file.h"
#include "harness/error.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = fs::temp_directory_path() / ("clew-store-" + std::to_string(::getpid()));
    fs::remove_all(store_);
  }
  void TearDown() override { fs::remove_all(store_); }
  fs::path store_;
};

TEST_F(StoreTest, TheLatestRunIsFoundByItsLinks) {
  const RunDir first = RunDir::create(store_, "job", "20260101T000000.000Z");
  const RunDir second = RunDir::create(store_, "job", "20260101T000000.000Z");
  EXPECT_NE(first.path(), second.path());
  write_file_atomically(second.file("run.json"), "{}");
  EXPECT_EQ(RunDir::open(store_, "latest").path(), fs::canonical(second.path()));
  EXPECT_EQ(RunDir::open(store_, "job/latest").path(), fs::canonical(second.path()));
  EXPECT_THROW(RunDir::open(store_, "nonsense"), UsageError);
}

TEST_F(StoreTest, RunJsonSurvivesARoundTrip) {
  RunInfo info{.name = "job",
               .system = "etcd",
               .workload = "register",
               .seed = UINT64_MAX,
               .nodes = {"n1", "n2"},
               .concurrency = 4};
  info.argv = {"clew", "test", "a \"quoted\" word"};
  info.options = {{"keys", "5"}};
  const std::string text = run_info_to_json(info);
  EXPECT_EQ(run_info_to_json(run_info_from_json(text)), text);
  EXPECT_EQ(run_info_from_json(text).seed, UINT64_MAX);
  EXPECT_THROW(run_info_from_json("{}"), UsageError);
  EXPECT_THROW(run_info_from_json("{\"schema\":\"clew.run/2\"}"), UsageError);
}

TEST_F(StoreTest, AFailedWriteLeavesTheOldFileAlone) {
  fs::create_directories(store_);
  write_file_atomically(store_ / "f", "old");
  EXPECT_THROW(write_file_atomically(store_ / "no-such-folder" / "f", "new"), EnvironmentError);
  write_file_atomically(store_ / "f", "new");
  EXPECT_EQ(read_file(store_ / "f"), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(store_), fs::directory_iterator{}), 1);
}

}  // namespace
}  // namespace clew
