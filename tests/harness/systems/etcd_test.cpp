#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "harness/error.h"
#include "harness/system.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline in(Nanos patience) { return Clock::now() + patience; }

// Outlives the tests, so that the package is fetched once.
fs::path cache() {
  if (const char* cache = std::getenv("CLEW_CACHE")) return cache;
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache/clew";
  return fs::temp_directory_path() / "clew-cache";
}

std::unique_ptr<System> make_etcd(
    std::map<std::string, std::vector<std::string>, std::less<>> given = {}) {
  const auto& entry = SystemRegistry::instance().find("system", "etcd");
  for (const OptionSpec& option : entry.options)
    given.try_emplace(std::string(option.name), option.fallback.empty()
                                                    ? std::vector<std::string>{}
                                                    : std::vector{std::string(option.fallback)});
  return entry.make(Options(std::move(given)));
}

// Three nodes of a running etcd.
class EtcdCluster : public ::testing::Test {
 protected:
  void SetUp() override { up(3, make_etcd()); }

  void up(int nodes, std::unique_ptr<System> system) {
    system_ = std::move(system);
    try {
      system_->prepare(cache());
    } catch (const EnvironmentError& e) { GTEST_SKIP() << e.what(); }
    cluster_ = std::make_unique<LoopbackCluster>(nodes, folder_.path());
    const auto start = Clock::now();
    for (const Node& node : cluster_->nodes()) system_->start(*cluster_, node);
    system_->await_ready(*cluster_, in(seconds(15)));
    RecordProperty("ready_ms", std::to_string((Clock::now() - start) / milliseconds(1)));
  }

  const Node& node(int id) const { return cluster_->nodes()[static_cast<std::size_t>(id - 1)]; }
  std::unique_ptr<Client> client(int id) { return system_->connect(*cluster_, node(id)); }

  static Completion ask(Client& client, const std::string& f, const Value& value = {},
                        Nanos patience = seconds(5), const std::string& key = "k") {
    return client.invoke({.f = f, .key = key, .value = value}, in(patience));
  }

  HasPrimary& leaders() { return dynamic_cast<HasPrimary&>(*system_); }

  // What every node claims, once they claim the same.
  Leadership agreed(const std::set<int>& ids) {
    const Deadline deadline = in(seconds(20));
    while (left(deadline) > Nanos{0}) {
      std::set<std::pair<std::string, std::int64_t>> claims;
      for (const int id : ids) {
        const auto claim = leaders().leadership(*cluster_, node(id), in(seconds(1)));
        claims.emplace(claim ? claim->leader : "", claim ? claim->term : -1);
      }
      if (claims.size() == 1 && !claims.begin()->first.empty())
        return {.leader = claims.begin()->first, .term = claims.begin()->second};
      std::this_thread::sleep_for(milliseconds(10));
    }
    ADD_FAILURE() << "the nodes do not agree on a leader";
    return {};
  }

  TemporaryFolder folder_;
  std::unique_ptr<System> system_;
  std::unique_ptr<LoopbackCluster> cluster_;
};

TEST_F(EtcdCluster, AWriteThroughOneNodeIsReadThroughEveryOther) {
  auto writer = client(1);
  const Completion written = ask(*writer, "write", 41);
  ASSERT_EQ(written.kind, Kind::ok) << written.error;
  for (int id = 1; id <= 3; ++id) {
    const Completion read = ask(*client(id), "read");
    ASSERT_EQ(read.kind, Kind::ok) << read.error;
    EXPECT_EQ(read.value, Value(41));
  }
}

TEST_F(EtcdCluster, AMissingKeyReadsAsNil) {
  const Completion read = ask(*client(2), "read");
  ASSERT_EQ(read.kind, Kind::ok) << read.error;
  EXPECT_TRUE(read.value.is_nil());
}

TEST_F(EtcdCluster, KeysAreIndependentAndValuesAreAny64BitInteger) {
  auto any = client(1);
  const Value least(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ask(*any, "write", least, seconds(5), "a").kind, Kind::ok);
  EXPECT_EQ(ask(*any, "write", 0, seconds(5), "b").kind, Kind::ok);
  EXPECT_EQ(ask(*any, "read", {}, seconds(5), "a").value, least);
  EXPECT_EQ(ask(*any, "read", {}, seconds(5), "b").value, Value(0));
}

TEST_F(EtcdCluster, ACasTakesEffectOnlyWhereTheOldValueIsHeld) {
  auto any = client(3);
  const Value one_to_two(Value::List{1, 2});
  EXPECT_EQ(ask(*any, "cas", one_to_two).error, compare_failed) << "of a missing key";
  ASSERT_EQ(ask(*any, "write", 1).kind, Kind::ok);
  const Completion done = ask(*any, "cas", one_to_two);
  EXPECT_EQ(done.kind, Kind::ok) << done.error;
  EXPECT_EQ(ask(*any, "read").value, Value(2));
  const Completion refused = ask(*any, "cas", one_to_two);
  EXPECT_EQ(refused.kind, Kind::fail);
  EXPECT_EQ(refused.error, compare_failed);
  EXPECT_EQ(ask(*any, "read").value, Value(2));
}

TEST_F(EtcdCluster, EveryNodeNamesTheSameLeaderAndASurvivorTakesOverWithAHigherTerm) {
  const Leadership first = agreed({1, 2, 3});
  cluster_->signal(cluster_->node(first.leader), SIGKILL);
  std::set<int> survivors;
  for (const Node& each : cluster_->nodes())
    if (each.name != first.leader) survivors.insert(each.id);
  const Deadline deadline = in(seconds(20));
  Leadership second = agreed(survivors);
  // The term that etcd tells is the one of its last applied entry: it follows the leader's name.
  while ((second.leader == first.leader || second.term <= first.term) && left(deadline) > Nanos{0})
    second = agreed(survivors);
  EXPECT_NE(second.leader, first.leader);
  EXPECT_GT(second.term, first.term);
  EXPECT_FALSE(leaders().leadership(*cluster_, cluster_->node(first.leader), in(seconds(1))))
      << "a dead node claims nothing";
}

TEST_F(EtcdCluster, ANodeAskedFirstNamesALeaderThatNobodyAskedYet) {
  const std::string leader = agreed({1, 2, 3}).leader;
  for (const Node& each : cluster_->nodes()) {
    const auto knows_nobody = make_etcd();
    const auto claim =
        dynamic_cast<HasPrimary&>(*knows_nobody).leadership(*cluster_, each, in(seconds(2)));
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->leader, leader) << each.name;
  }
}

TEST_F(EtcdCluster, WhatWasAcknowledgedSurvivesTheDeathOfEveryNode) {
  ASSERT_EQ(ask(*client(1), "write", 7).kind, Kind::ok);
  for (const Node& each : cluster_->nodes()) cluster_->signal(each, SIGKILL);
  for (const Node& each : cluster_->nodes())
    ASSERT_TRUE(cluster_->await(each, Life::gone, in(seconds(5))));
  auto orphan = client(1);
  const Completion refused = ask(*orphan, "write", 8);
  EXPECT_EQ(refused.kind, Kind::fail) << "nothing listens: nothing was sent";
  for (const Node& each : cluster_->nodes()) system_->start(*cluster_, each);
  system_->await_ready(*cluster_, in(seconds(15)));
  const Completion read = ask(*orphan, "read");
  ASSERT_EQ(read.kind, Kind::ok) << read.error << " (after a failure the same client dials anew)";
  EXPECT_EQ(read.value, Value(7));
}

TEST_F(EtcdCluster, WithoutAMajorityAWriteIsUnknownAndAReadFails) {
  ASSERT_EQ(ask(*client(1), "write", 1).kind, Kind::ok);
  cluster_->signal(node(2), SIGSTOP);
  cluster_->signal(node(3), SIGSTOP);
  ASSERT_TRUE(cluster_->await(node(2), Life::stopped, in(seconds(5))));
  ASSERT_TRUE(cluster_->await(node(3), Life::stopped, in(seconds(5))));
  const auto start = Clock::now();
  const Completion write = ask(*client(1), "write", 2, milliseconds(700));
  EXPECT_EQ(write.kind, Kind::info) << write.error;
  const Completion read = ask(*client(1), "read", {}, milliseconds(700));
  EXPECT_EQ(read.kind, Kind::fail) << to_text(read.value);
  EXPECT_LT(Clock::now() - start, seconds(2)) << "the deadline is the caller's";
  cluster_->signal(node(2), SIGCONT);
  cluster_->signal(node(3), SIGCONT);
  system_->await_ready(*cluster_, in(seconds(15)));
}

TEST_F(EtcdCluster, AReadyClusterElectsNobodyAnewWhileItIsUnderLoad) {
  const Leadership before = agreed({1, 2, 3});
  std::vector<std::jthread> load;
  std::atomic<int> acknowledged = 0;
  for (int id = 1; id <= 3; ++id)
    load.emplace_back([&, id](const std::stop_token& stop) {
      auto mine = client(id);
      for (int value = 0; !stop.stop_requested(); ++value)
        if (ask(*mine, "write", value, seconds(2), "k" + std::to_string(id)).kind == Kind::ok)
          ++acknowledged;
    });
  std::this_thread::sleep_for(seconds(2));  // The load's length, nothing is awaited.
  load.clear();
  EXPECT_GT(acknowledged, 100);
  const Leadership after = agreed({1, 2, 3});
  EXPECT_EQ(after.leader, before.leader);
  EXPECT_EQ(after.term, before.term);
}

// What an action throws, as text.
template <class Error>
std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) { return e.what(); }
  return "nothing was thrown";
}

TEST_F(EtcdCluster, ANodeThatDiesWhileItStartsIsNamedWithItsEndAndItsLastWords) {
  const auto strict = make_etcd({{"node-arg", {"--election-timeout=1"}}});
  strict->prepare(cache());
  LoopbackCluster other(1, folder_.path() / "other");
  strict->start(other, other.nodes().front());
  const std::string text =
      complaint<EnvironmentError>([&] { strict->await_ready(other, in(seconds(10))); });
  EXPECT_NE(text.find("n1 exited with "), std::string::npos) << text;
  EXPECT_NE(text.find("election-timeout"), std::string::npos) << text;
}

TEST_F(EtcdCluster, ANodeThatIsNotThereKeepsTheClusterFromBeingReady) {
  cluster_->signal(node(2), SIGSTOP);
  ASSERT_TRUE(cluster_->await(node(2), Life::stopped, in(seconds(5))));
  const auto start = Clock::now();
  const std::string text =
      complaint<EnvironmentError>([&] { system_->await_ready(*cluster_, in(seconds(1))); });
  EXPECT_LT(Clock::now() - start, seconds(2));
  EXPECT_NE(text.find("n2 does not answer"), std::string::npos) << text;
}

class SerializableEtcd : public EtcdCluster {
 protected:
  void SetUp() override { up(3, make_etcd({{"serializable", {"true"}}})); }
};

TEST_F(SerializableEtcd, ANodeWithoutAMajorityStillAnswersReadsFromItsOwnCopy) {
  ASSERT_EQ(ask(*client(1), "write", 5).kind, Kind::ok);
  cluster_->signal(node(2), SIGKILL);
  cluster_->signal(node(3), SIGKILL);
  ASSERT_TRUE(cluster_->await(node(2), Life::gone, in(seconds(5))));
  ASSERT_TRUE(cluster_->await(node(3), Life::gone, in(seconds(5))));
  const Completion read = ask(*client(1), "read");
  ASSERT_EQ(read.kind, Kind::ok) << read.error;
  EXPECT_EQ(read.value, Value(5));
}

class FiveEtcdNodes : public EtcdCluster {
 protected:
  void SetUp() override { up(5, make_etcd()); }
};

TEST_F(FiveEtcdNodes, AreReadyAndAgree) { EXPECT_FALSE(agreed({1, 2, 3, 4, 5}).leader.empty()); }

TEST(EtcdProgram, ThatIsMissingOrNotExecutableIsBadUsage) {
  const TemporaryFolder folder;
  for (const fs::path& bin : {folder.path() / "none", folder.path()}) {
    const auto system = make_etcd({{"bin", {bin.string()}}});
    const std::string text = complaint<UsageError>([&] { system->prepare(folder.path()); });
    EXPECT_NE(text.find("--bin: " + bin.string()), std::string::npos) << text;
  }
}

TEST(EtcdProgram, OfAnUnsupportedVersionIsTurnedAwayWithTheOnesThatAreSupported) {
  const TemporaryFolder folder;
  const fs::path bin = folder.path() / "etcd";
  std::ofstream(bin) << "#!/bin/sh\necho etcd Version: 3.3.8\n";
  fs::permissions(bin, fs::perms::owner_all);
  const auto system = make_etcd({{"bin", {bin.string()}}});
  const std::string text = complaint<EnvironmentError>([&] { system->prepare(folder.path()); });
  EXPECT_EQ(text, "etcd 3.3.8 is not supported; name one of 3.4 to 3.6 by --bin PATH");
}

TEST(EtcdProgram, ThatDoesNotAnswerAsEtcdIsTurnedAway) {
  const TemporaryFolder folder;
  const auto system = make_etcd({{"bin", {"/bin/true"}}});
  const std::string text = complaint<EnvironmentError>([&] { system->prepare(folder.path()); });
  EXPECT_NE(text.find("/bin/true --version does not answer as etcd does"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace clew
