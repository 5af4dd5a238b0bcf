#include "nemesis/leader_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <mutex>

#include "tests/support/loopback_cluster.h"
#include "tests/support/sleepers.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Watch : public ::testing::Test {
 protected:
  void SetUp() override { system_.start_all(cluster_); }

  std::unique_ptr<LeaderWatch> watch(System& system) {
    return std::make_unique<LeaderWatch>(
        cluster_, system, [this] { return Nanos(Clock::now() - start_); },
        [this](const LeaderSpan& span) {
          const std::lock_guard lock(mutex_);
          told_.push_back(span.node + " " + std::to_string(span.term));
        });
  }
  void all_claim(const std::string& leader, std::int64_t term) {
    for (const Node& node : cluster_.nodes()) system_.claim(node.name, leader, term);
  }
  // Until `count` changes were told.
  bool await_told(std::size_t count) {
    const Deadline deadline = Clock::now() + seconds(10);
    while (left(deadline) > Nanos{0}) {
      if (told().size() >= count) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

  TemporaryFolder folder_;
  LoopbackCluster cluster_{3, folder_.path()};
  Sleepers system_;
  const Deadline start_ = Clock::now();
  std::mutex mutex_;
  std::vector<std::string> told_;
};

TEST_F(Watch, TellsEachLeaderOnceAndForHowLongItLed) {
  all_claim("n2", 3);
  const auto leaders = watch(system_);
  ASSERT_TRUE(await_told(1));
  std::this_thread::sleep_for(milliseconds(250));
  all_claim("n1", 4);
  ASSERT_TRUE(await_told(2));
  const auto spans = leaders->stop();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].node, "n2");
  EXPECT_EQ(spans[0].term, 3);
  EXPECT_EQ(spans[1].node, "n1");
  EXPECT_GT(spans[0].to - spans[0].from, milliseconds(100));
  EXPECT_LE(spans[0].to, spans[1].from + milliseconds(100));
  EXPECT_EQ(told(), (std::vector<std::string>{"n2 3", "n1 4"}));
}

TEST_F(Watch, TheSameLeaderInANewTermIsANewSpan) {
  all_claim("n2", 3);
  const auto leaders = watch(system_);
  ASSERT_TRUE(await_told(1));
  all_claim("n2", 4);
  ASSERT_TRUE(await_told(2));
  EXPECT_EQ(leaders->stop().size(), 2U);
}

TEST_F(Watch, ATermHeardOnceIsPutRight) {
  struct Lagging : Sleepers {
    std::optional<Leadership> leadership(Cluster& /*cluster*/, const Node& node,
                                         Deadline /*deadline*/) override {
      if (node.id != 1) return std::nullopt;
      return Leadership{.leader = "n1", .term = asked++ == 0 ? 3 : 4};
    }
    int asked = 0;
  } system;
  const auto leaders = watch(system);
  ASSERT_TRUE(await_told(1));
  const auto spans = leaders->stop();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].term, 4);
  EXPECT_EQ(told(), std::vector<std::string>{"n1 4"});
}

TEST_F(Watch, WhatOthersSayOfANodeIsNotItsOwnClaim) {
  system_.claim("n1", "n3", 5);
  system_.claim("n2", "n2", 4);
  const auto leaders = watch(system_);
  ASSERT_TRUE(await_told(1));
  std::this_thread::sleep_for(milliseconds(150));
  const auto spans = leaders->stop();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].node, "n2");
}

TEST_F(Watch, ALongSilenceEndsASpanAndAShortOneDoesNot) {
  all_claim("n2", 3);
  const auto leaders = watch(system_);
  ASSERT_TRUE(await_told(1));
  const auto pause_for = [&](Nanos time) {
    cluster_.signal(cluster_.node("n2"), SIGSTOP);
    std::this_thread::sleep_for(time);
    cluster_.signal(cluster_.node("n2"), SIGCONT);
    std::this_thread::sleep_for(milliseconds(300));
  };
  pause_for(milliseconds(200));
  pause_for(milliseconds(1500));
  const auto spans = leaders->stop();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_GT(spans[1].from - spans[0].to, seconds(1));
  EXPECT_EQ(told().size(), 1U) << "its claim is the old one";
}

// What a node said held at some moment between question and answer, no more: slow
// answers must not make two leaders at once of one that handed over.
TEST_F(Watch, SlowAnswersMakeNoTwoLeadersOfOneThatHandedOver) {
  struct Slow : Sleepers {
    std::optional<Leadership> leadership(Cluster& cluster, const Node& node,
                                         Deadline deadline) override {
      if (node.id == 2) std::this_thread::sleep_for(milliseconds(200));
      const auto claim = Sleepers::leadership(cluster, node, deadline);
      if (node.id == 1) std::this_thread::sleep_for(milliseconds(200));
      return claim;
    }
  } system;
  std::int64_t term = 1;
  system.claim("n1", "n1", term);
  const auto leaders = watch(system);
  for (std::size_t told = 1; told < 8; ++told) {
    ASSERT_TRUE(await_told(told));
    std::this_thread::sleep_for(milliseconds(37 * told));  // At any moment of a question.
    const std::string older = told % 2 == 1 ? "n1" : "n2", newer = told % 2 == 1 ? "n2" : "n1";
    system.claim(older, newer, ++term);  // First: at no time do both claim it.
    system.claim(newer, newer, term);
  }
  ASSERT_TRUE(await_told(8));
  const auto spans = leaders->stop();
  ASSERT_EQ(spans.size(), 8U);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    EXPECT_LE(spans[i].from, spans[i].to);
    if (i > 0) { EXPECT_LE(spans[i - 1].to, spans[i].from) << "into term " << spans[i].term; }
  }
}

TEST_F(Watch, ANodeThatHangsDelaysNoOther) {
  struct Hanging : Sleepers {
    std::optional<Leadership> leadership(Cluster& /*cluster*/, const Node& node,
                                         Deadline /*deadline*/) override {
      while (node.id == 1 && !released) std::this_thread::sleep_for(milliseconds(1));
      if (node.id == 1) throw HarnessError("it hung");
      return Leadership{.leader = node.name, .term = node.id};
    }
    std::atomic<bool> released = false;
  } system;
  const auto leaders = watch(system);
  EXPECT_TRUE(await_told(2));
  system.released = true;
  EXPECT_EQ(leaders->stop().size(), 2U);
}

TEST_F(Watch, ASystemWithoutLeadersHasNoSpans) {
  struct Plain final : System {
    void prepare(const std::filesystem::path& /*cache*/) override {}
    std::string version() const override { return "1"; }
    std::filesystem::path program() const override { return "/bin/sleep"; }
    void start(Cluster& /*cluster*/, const Node& /*node*/) override {}
    void await_ready(Cluster& /*cluster*/, Deadline /*deadline*/) override {}
    std::unique_ptr<Client> connect(Cluster& /*cluster*/, const Node& /*node*/) override {
      return nullptr;
    }
  } system;
  EXPECT_TRUE(watch(system)->stop().empty());
}

}  // namespace
}  // namespace clew
