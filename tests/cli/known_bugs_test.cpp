// Bugs that Debian's etcd really has, found by the runs that the documentation
// names (harness/systems/README.md). Skipped where there is no lab or no such etcd.

#include <gtest/gtest.h>

#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

class KnownBugs : public ::testing::Test {
 protected:
  // The exit code, what stdout said in `out_`.
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), {"test", "etcd", "-q"});
    const CommandResult result = testing::clew(words, folder_.path());
    out_ = result.out + result.err;
    return result.exit_code;
  }
  bool has(const std::string& text) const { return out_.find(text) != std::string::npos; }

  TemporaryFolder folder_;
  std::string out_;
};

TEST_F(KnownBugs, ATransactionThatFailedForTheClientIsSeenThroughOtherMembers) {
  const int code =
      run({"--guarded-writes", "--nodes", "3", "--nemesis", "none", "--time-limit", "4"});
  if (code == 4) GTEST_SKIP() << out_;
  if (!has("etcd 3.4.")) GTEST_SKIP() << "mended in this etcd";
  EXPECT_EQ(code, 1) << out_;
  EXPECT_TRUE(has("but the write of it failed")) << out_;
}

TEST_F(KnownBugs, ALockIsNoneForAClientThatStandsStillForLongerThanItsLease) {
  const std::string schedule =
      std::string(CLEW_SOURCE_DIR) + "/nemesis/schedules/lock-expires.toml";
  const int code = run({"--workload", "lock", "--schedule", schedule, "--time-limit", "14"});
  if (code == 4) GTEST_SKIP() << out_;
  EXPECT_EQ(code, 1) << out_;
  EXPECT_TRUE(has("Two holders on key lock")) << out_;
}

TEST_F(KnownBugs, AWatchOnAMemberThatCatchesUpByASnapshotGoesBackInTime) {
  const std::string schedule =
      std::string(CLEW_SOURCE_DIR) + "/nemesis/schedules/watch-back-in-time.toml";
  const int code = run({"--workload", "watch", "--nodes", "3", "--concurrency", "12n", "--rate",
                        "0", "--op-timeout", "35s", "--time-limit", "28",
                        "--node-arg=--snapshot-count=100", "--schedule", schedule});
  if (code == 4) GTEST_SKIP() << out_;
  if (!has("etcd 3.4.")) GTEST_SKIP() << "mended in this etcd";
  EXPECT_EQ(code, 1) << out_;
  EXPECT_TRUE(has("Watch goes back in time")) << out_;
}

// Not a bug: what --unsafe-no-fsync says. And with fsync nothing may be lost.
TEST_F(KnownBugs, WithFsyncAPowerLossOfAMajorityLosesNothing) {
  const int code =
      run({"--nemesis", "power-loss:majority", "--time-limit", "12", "--nemesis-interval", "4s"});
  if (code == 4) GTEST_SKIP() << out_;
  EXPECT_EQ(code, 0) << out_;
  EXPECT_TRUE(has("power-loss 3 of 3") || has("power-loss 2 of 2")) << out_;
}

TEST_F(KnownBugs, LocksAreHeldByOneAtATimeWhileClientsGoOn) {
  const int code = run({"--workload", "lock", "--time-limit", "8", "--nemesis", "kill,partition"});
  if (code == 4) GTEST_SKIP() << out_;
  EXPECT_EQ(code, 0) << out_;
}

}  // namespace
}  // namespace clew
