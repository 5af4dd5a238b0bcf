#include "nemesis/targets.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "harness/error.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/sleepers.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline in(Nanos patience) { return Clock::now() + patience; }
bool is_running(Life life) { return life == Life::running; }

class Targets : public ::testing::Test {
 protected:
  void SetUp() override { system_.start_all(cluster_); }

  void all_claim(const std::string& leader, std::int64_t term) {
    for (const Node& node : cluster_.nodes()) system_.claim(node.name, leader, term);
  }
  void kill(const std::string& name) {
    const Node& node = cluster_.node(name);
    cluster_.signal(node, SIGKILL);
    ASSERT_TRUE(cluster_.await(node, Life::gone, in(seconds(5))));
  }
  std::set<std::string> pick(const std::string& target, std::uint64_t seed = 1) {
    Rng rng(seed);
    std::set<std::string> names;
    for (const Node& node : pick_nodes(arena_, target, rng, in(milliseconds(200)), is_running))
      names.insert(node.name);
    return names;
  }
  std::string leader(Nanos patience = milliseconds(200)) {
    return find_leader(arena_, in(patience)).name;
  }

  TemporaryFolder folder_;
  LoopbackCluster cluster_{5, folder_.path()};
  Sleepers system_;
  Arena arena_{cluster_, system_};
};

using Names = std::set<std::string>;

TEST_F(Targets, ByNumberAreAsManyAsTheirNameSays) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(pick("one", seed).size(), 1U);
    EXPECT_EQ(pick("minority", seed).size(), 2U);
    EXPECT_EQ(pick("majority", seed).size(), 3U);
    EXPECT_EQ(pick("all", seed).size(), 5U);
  }
  Names seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) seen.merge(pick("one", seed));
  EXPECT_EQ(seen.size(), 5U) << "each has its turn";
  EXPECT_EQ(pick("minority", 3), pick("minority", 3));
}

TEST_F(Targets, ANodeIsPickedByName) {
  EXPECT_EQ(pick("n4"), Names{"n4"});
  EXPECT_THROW(pick("n6"), HarnessError);
}

TEST_F(Targets, NodesThatAreDownAreNotPicked) {
  kill("n1");
  kill("n2");
  kill("n3");
  EXPECT_EQ(pick("all"), (Names{"n4", "n5"}));
  EXPECT_EQ(pick("majority"), (Names{"n4", "n5"}));
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_TRUE((Names{"n4", "n5"}.contains(*pick("one", seed).begin())));
  EXPECT_THROW(pick("n1"), HarnessError);
  kill("n4");
  kill("n5");
  EXPECT_THROW(pick("one"), HarnessError);
}

TEST_F(Targets, TheLeaderIsWhomAMajorityNames) {
  all_claim("n3", 4);
  EXPECT_EQ(leader(), "n3");
  EXPECT_EQ(pick("leader"), Names{"n3"});
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_FALSE(pick("follower", seed).contains("n3"));
}

TEST_F(Targets, AnOldLeaderThatWasCutOffIsNotTheLeader) {
  all_claim("n3", 5);
  system_.claim("n1", "n1", 4);
  system_.claim("n2", "n1", 4);
  EXPECT_EQ(leader(), "n3");
}

TEST_F(Targets, ALeaderThatDiedIsNotTheLeaderWhateverTheOthersStillThink) {
  all_claim("n3", 5);
  kill("n3");
  EXPECT_THROW(leader(), HarnessError);
  system_.start(cluster_, cluster_.node("n3"));
  system_.claim("n3", "", 5);  // Back, and it knows no leader.
  EXPECT_THROW(leader(), HarnessError);
}

TEST_F(Targets, ItIsAskedAgainUntilThereIsALeader) {
  all_claim("", 5);
  std::jthread election([&](const std::stop_token&) {
    std::this_thread::sleep_for(milliseconds(100));
    all_claim("n5", 6);
  });
  EXPECT_EQ(leader(seconds(10)), "n5");
}

TEST_F(Targets, WithoutAMajorityTheHighestClaimCountsAtTheDeadline) {
  all_claim("", 9);
  system_.claim("n1", "n1", 4);
  system_.claim("n2", "n2", 7);
  const auto start = Clock::now();
  EXPECT_EQ(leader(milliseconds(150)), "n2");
  EXPECT_GE(Clock::now() - start, milliseconds(150));
}

TEST_F(Targets, NobodyIsTheLeaderWhereNobodySaysSo) {
  try {
    leader();
    ADD_FAILURE() << "found a leader";
  } catch (const HarnessError& e) { EXPECT_STREQ(e.what(), "no leader was known"); }
}

// Two nodes that wait for each other are only content when both are asked at once.
TEST_F(Targets, NodesAreAskedAtOnceSoThatOneThatHangsDelaysNoOther) {
  struct Waiting : Sleepers {
    std::optional<Leadership> leadership(Cluster& /*cluster*/, const Node& node,
                                         Deadline deadline) override {
      if (node.id <= 2) {
        ++asked;
        while (asked < 2 && left(deadline) > Nanos{0}) std::this_thread::sleep_for(milliseconds(1));
        met = met || left(deadline) > Nanos{0};
      }
      return Leadership{.leader = "n4", .term = 2};
    }
    std::atomic<int> asked = 0;
    std::atomic<bool> met = false;
  } system;
  EXPECT_EQ(find_leader({cluster_, system}, in(seconds(20))).name, "n4");
  EXPECT_TRUE(system.met);
}

TEST_F(Targets, WhatWasHitIsToldInOrder) {
  EXPECT_EQ(to_json(hit_nodes({cluster_.node("n3"), cluster_.node("n1")})),
            R"({"nodes":["n1","n3"]})");
}

}  // namespace
}  // namespace clew
