// kill and pause, on real processes.

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/conductor.h"
#include "nemesis/plan.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/sleepers.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using std::chrono::seconds;

Deadline soon() { return Clock::now() + seconds(10); }

class ProcessFaults : public ::testing::Test {
 protected:
  void SetUp() override { system_.start_all(cluster_); }

  static std::unique_ptr<Fault> make(const std::string& name) {
    return make_fault({.fault = name});
  }
  Value inject(Fault& fault, const std::string& target) {
    Rng rng(1);
    return fault.inject(arena_, {.id = "it#1", .target = target}, rng, Clock::now() + seconds(1));
  }
  Life life(const std::string& name) { return cluster_.status(cluster_.node(name)).life; }
  pid_t pid(const std::string& name) { return cluster_.status(cluster_.node(name)).pid; }
  void kill_by_hand(const std::string& name) {
    cluster_.signal(cluster_.node(name), SIGKILL);
    ASSERT_TRUE(cluster_.await(cluster_.node(name), Life::gone, soon()));
  }
  // As the kernel tells it: 'S', 'T' ...
  char kernel_state(const std::string& name) {
    std::ifstream stat("/proc/" + std::to_string(pid(name)) + "/stat");
    std::string id, command, state;
    stat >> id >> command >> state;
    return state.empty() ? '?' : state[0];
  }

  TemporaryFolder folder_;
  LoopbackCluster cluster_{3, folder_.path()};
  Sleepers system_;
  Arena arena_{cluster_, system_};
};

TEST_F(ProcessFaults, AKilledServerIsGoneAndComesBackAsAnotherProcess) {
  const auto kill = make("kill");
  const pid_t before = pid("n2");
  EXPECT_EQ(to_json(inject(*kill, "n2")), R"({"nodes":["n2"]})");
  EXPECT_EQ(life("n2"), Life::gone);
  EXPECT_EQ(life("n1"), Life::running);
  const Evidence down = kill->verify(arena_);
  EXPECT_TRUE(down.holds);
  EXPECT_EQ(down.text, "n2: process " + std::to_string(before) + " killed by SIGKILL");
  EXPECT_FALSE(kill->verify_healed(arena_).holds);
  kill->heal(arena_, soon());
  EXPECT_EQ(life("n2"), Life::running);
  EXPECT_NE(pid("n2"), before);
  const Evidence up = kill->verify_healed(arena_);
  EXPECT_TRUE(up.holds);
  EXPECT_EQ(up.text, "n2: process " + std::to_string(pid("n2")) + " runs");
  EXPECT_FALSE(kill->verify(arena_).holds) << "it is over";
}

TEST_F(ProcessFaults, APausedServerIsStoppedAndGoesOnAsTheSameProcess) {
  const auto pause = make("pause");
  const pid_t before = pid("n3");
  inject(*pause, "n3");
  EXPECT_EQ(kernel_state("n3"), 'T');
  const Evidence stopped = pause->verify(arena_);
  EXPECT_TRUE(stopped.holds);
  EXPECT_EQ(stopped.text, "n3: process " + std::to_string(before) + " is stopped (state T)");
  EXPECT_FALSE(pause->verify_healed(arena_).holds);
  pause->heal(arena_, soon());
  ASSERT_TRUE(cluster_.await(cluster_.node("n3"), Life::running, soon()));
  EXPECT_TRUE(pause->verify_healed(arena_).holds);
  EXPECT_EQ(pid("n3"), before);
  EXPECT_FALSE(pause->verify(arena_).holds) << "it is over";
}

TEST_F(ProcessFaults, EveryTargetHitsWhatItSays) {
  for (const Node& node : cluster_.nodes()) system_.claim(node.name, "n2", 1);
  const std::map<std::string, std::size_t> sizes{{"one", 1}, {"minority", 1}, {"majority", 2},
                                                 {"all", 3}, {"leader", 1},   {"follower", 1}};
  for (const auto& name : {"kill", "pause"}) {
    const auto fault = make(name);
    EXPECT_EQ(fault->targets().size(), sizes.size());
    for (const std::string& target : fault->targets()) {
      SCOPED_TRACE(name + (":" + target));
      const Value hit = inject(*fault, target);
      EXPECT_EQ(hit.find("nodes")->as_list().size(), sizes.at(target));
      const bool led = to_json(hit).find("n2") != std::string::npos;
      EXPECT_FALSE(target == "leader" && !led);
      EXPECT_FALSE(target == "follower" && led);
      EXPECT_TRUE(fault->verify(arena_).holds) << fault->verify(arena_).text;
      fault->heal(arena_, soon());
      for (const Node& node : cluster_.nodes())
        ASSERT_TRUE(cluster_.await(node, Life::running, soon())) << node.name;
      EXPECT_TRUE(fault->verify_healed(arena_).holds);
    }
  }
}

TEST_F(ProcessFaults, APausedServerCanBeKilledAndIsNotPausedAfterwards) {
  const auto pause = make("pause"), kill = make("kill");
  inject(*pause, "n2");
  inject(*kill, "n2");
  EXPECT_TRUE(kill->verify(arena_).holds);
  EXPECT_FALSE(pause->verify(arena_).holds) << "a dead server is not a paused one";
  EXPECT_NE(pause->verify(arena_).text.find("killed by SIGKILL"), std::string::npos);
  kill->heal(arena_, soon());
  EXPECT_FALSE(pause->verify(arena_).holds);
  cluster_.signal(cluster_.node("n2"), SIGSTOP);
  ASSERT_TRUE(cluster_.await(cluster_.node("n2"), Life::stopped, soon()));
  EXPECT_FALSE(pause->verify(arena_).holds) << "that is not the process it paused";
  pause->heal(arena_, soon());
  EXPECT_TRUE(pause->verify_healed(arena_).holds);
  EXPECT_EQ(life("n2"), Life::stopped) << "whoever stopped that one wakes it";
}

TEST_F(ProcessFaults, AServerRestartedMeanwhileByAKillMayBePausedAndIsStillHealed) {
  const auto pause = make("pause"), kill = make("kill");
  inject(*kill, "n1");
  kill->heal(arena_, soon());
  inject(*pause, "n1");
  const Evidence evidence = kill->verify_healed(arena_);
  EXPECT_TRUE(evidence.holds);
  EXPECT_NE(evidence.text.find("is paused"), std::string::npos) << evidence.text;
}

TEST_F(ProcessFaults, WhatIsDownAlreadyIsNotHitAgain) {
  const auto pause = make("pause"), kill = make("kill");
  kill_by_hand("n1");
  kill_by_hand("n2");
  EXPECT_EQ(to_json(inject(*pause, "all")), R"({"nodes":["n3"]})");
  EXPECT_TRUE(pause->verify(arena_).holds);
  EXPECT_EQ(to_json(inject(*kill, "one")), R"({"nodes":["n3"]})");
  EXPECT_THROW(inject(*kill, "one"), HarnessError);
  EXPECT_FALSE(kill->verify(arena_).holds) << "nothing was hit, nothing is proved";
  EXPECT_THROW(inject(*pause, "one"), HarnessError);
  EXPECT_FALSE(pause->verify(arena_).holds);
}

TEST_F(ProcessFaults, AServerThatDiedByItselfIsNoKillOfOurs) {
  const auto kill = make("kill");
  inject(*kill, "n1");
  cluster_.signal(cluster_.node("n3"), SIGTERM);
  ASSERT_TRUE(cluster_.await(cluster_.node("n3"), Life::gone, soon()));
  kill->heal(arena_, soon());
  EXPECT_EQ(life("n3"), Life::running);
  const Evidence evidence = kill->verify_healed(arena_);
  EXPECT_TRUE(evidence.holds);
  EXPECT_NE(evidence.text.find("not of this fault's doing: n3 killed by SIGTERM, started again"),
            std::string::npos)
      << evidence.text;
}

TEST_F(ProcessFaults, AStormKillsWhatWasStartedAgain) {
  const auto storm = make_fault({.fault = "kill", .parameters = {{"storm", "20ms"}}});
  inject(*storm, "n1+n2");
  const Deadline deadline = soon();
  while (!storm->verify(arena_).holds && left(deadline) > Nanos{0})
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(storm->verify(arena_).holds) << storm->verify(arena_).text;
  EXPECT_EQ(life("n3"), Life::running);
  storm->heal(arena_, soon());
  for (const char* node : {"n1", "n2"}) EXPECT_EQ(life(node), Life::running) << node;
  EXPECT_TRUE(storm->verify_healed(arena_).holds) << storm->verify_healed(arena_).text;
}

TEST_F(ProcessFaults, OfTwoKillsOfANodeTheLastToHealStartsIt) {
  const auto first = make("kill");
  const auto second = make("kill");
  Rng rng(1);
  first->inject(arena_, {.id = "kill#1", .target = "n1+n2"}, rng, soon());
  second->inject(arena_, {.id = "kill#2", .target = "n3"}, rng, soon());
  arena_.downs->take("n2", "power-loss#1");
  first->heal(arena_, soon());
  EXPECT_EQ(life("n1"), Life::running);
  EXPECT_EQ(life("n2"), Life::gone) << "another fault keeps it down";
  EXPECT_EQ(life("n3"), Life::gone);
  EXPECT_TRUE(first->verify_healed(arena_).holds) << first->verify_healed(arena_).text;
  arena_.downs->let_go("power-loss#1");
  second->heal(arena_, soon());
  EXPECT_EQ(life("n2"), Life::running);
  EXPECT_EQ(life("n3"), Life::running);
}

// The share of some looks, a millisecond apart, at which the kernel had it stopped.
double share_stopped(const std::function<char()>& state) {
  int stopped = 0;
  for (int i = 0; i < 400; ++i) {
    stopped += state() == 'T' ? 1 : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return stopped / 400.0;
}

TEST_F(ProcessFaults, ASlowServerRunsForItsShareOfTheTimeAndIsTheSameProcessAfterwards) {
  const auto cpu = make_fault({.fault = "cpu", .parameters = {{"share", "0.25"}}});
  const pid_t before = pid("n2");
  EXPECT_FALSE(cpu->verify(arena_).holds);
  inject(*cpu, "n2");
  const double stopped = share_stopped([&] { return kernel_state("n2"); });
  EXPECT_GT(stopped, 0.5);
  EXPECT_LT(stopped, 0.95);
  EXPECT_TRUE(cpu->verify(arena_).holds) << cpu->verify(arena_).text;
  EXPECT_NE(kernel_state("n1"), 'T');
  cpu->heal(arena_, soon());
  EXPECT_EQ(share_stopped([&] { return kernel_state("n2"); }), 0);
  EXPECT_TRUE(cpu->verify_healed(arena_).holds) << cpu->verify_healed(arena_).text;
  EXPECT_EQ(pid("n2"), before);
}

TEST_F(ProcessFaults, APauseOfASlowServerIsAPauseAndASlowServerStaysSlowAfterIt) {
  const auto cpu = make_fault({.fault = "cpu", .parameters = {{"share", "0.9"}}});
  const auto pause = make("pause");
  inject(*cpu, "n2");
  Rng rng(1);
  const Deadline end = soon();
  for (bool paused = false; !paused && Clock::now() < end;) try {  // It must be seen awake.
      pause->inject(arena_, {.id = "pause#1", .target = "n2"}, rng, soon());
      paused = true;
    } catch (const HarnessError&) {}
  EXPECT_EQ(share_stopped([&] { return kernel_state("n2"); }), 1);
  EXPECT_TRUE(pause->verify(arena_).holds) << pause->verify(arena_).text;
  pause->heal(arena_, soon());
  EXPECT_TRUE(pause->verify_healed(arena_).holds) << pause->verify_healed(arena_).text;
  const double stopped = share_stopped([&] { return kernel_state("n2"); });
  EXPECT_GT(stopped, 0.01);
  EXPECT_LT(stopped, 0.8);
  cpu->heal(arena_, soon());
  EXPECT_EQ(share_stopped([&] { return kernel_state("n2"); }), 0);
}

TEST_F(ProcessFaults, AServerThatTakesThePlaceOfASlowOneRuns) {
  const auto cpu = make("cpu");
  inject(*cpu, "n2");
  kill_by_hand("n2");
  system_.start(cluster_, cluster_.node("n2"));
  EXPECT_EQ(share_stopped([&] { return kernel_state("n2"); }), 0);
  cpu->heal(arena_, soon());
  EXPECT_TRUE(cpu->verify_healed(arena_).holds) << cpu->verify_healed(arena_).text;
}

TEST_F(ProcessFaults, AFileOfAStoppedServerGetsWrongBitsAndIsPutRightUnlessTheServerChangedIt) {
  const auto path = cluster_.data_dir(cluster_.node("n1")) / "db";
  std::string right(3 * 4096, '\0');
  right.replace(4096, 5, "hello");
  std::ofstream(path, std::ios::binary) << right;
  const auto now = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  for (const bool server_writes : {false, true}) {
    const auto damage = make_fault({.fault = "damage", .parameters = {{"file", "^db$"}}});
    const pid_t before = pid("n1");
    inject(*damage, "n1");
    EXPECT_NE(pid("n1"), before);
    const std::string wrong = now();
    ASSERT_EQ(wrong.size(), right.size());
    for (std::size_t i = 0; i < wrong.size(); ++i)
      if (i < 4096 || i >= 8192) { ASSERT_EQ(wrong[i], right[i]) << "nobody had written there"; }
    EXPECT_NE(wrong, right);
    const Evidence evidence = damage->verify(arena_);
    EXPECT_TRUE(evidence.holds);
    EXPECT_EQ(evidence.text, "n1: 1 wrong bit in db, its server runs");
    if (server_writes) std::ofstream(path, std::ios::app) << "more";
    kill_by_hand("n1");  // It gives up.
    damage->heal(arena_, soon());
    EXPECT_EQ(now(), server_writes ? wrong + "more" : right);
    EXPECT_EQ(life("n1"), Life::running);
    EXPECT_TRUE(damage->verify_healed(arena_).holds);
  }
  EXPECT_THROW(inject(*make_fault({.fault = "damage", .parameters = {{"file", "wal"}}}), "n2"),
               HarnessError);
  EXPECT_THROW(make_fault({.fault = "damage", .parameters = {{"file", "("}}}), UsageError);
}

// As /proc/PID/limits has it: "unlimited", or bytes.
std::string data_limit(pid_t pid) {
  std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
  for (std::string line; std::getline(limits, line);) {
    std::istringstream words(line);
    std::string max, data, size, soft;
    if (words >> max >> data >> size >> soft && max + data + size == "Maxdatasize") return soft;
  }
  return "none";
}

TEST_F(ProcessFaults, AServerWithoutMemoryHasALimitUntilItIsHealed) {
  const auto memory = make_fault({.fault = "memory", .parameters = {{"room", "3"}}});
  const std::string before = data_limit(pid("n1"));
  inject(*memory, "n1");
  const std::string limit = data_limit(pid("n1"));
  ASSERT_NE(limit, before);
  EXPECT_GE(std::stoll(limit), 3 << 20);
  EXPECT_LT(std::stoll(limit), 64 << 20);
  EXPECT_EQ(data_limit(pid("n2")), before);
  EXPECT_TRUE(memory->verify(arena_).holds) << memory->verify(arena_).text;
  memory->heal(arena_, soon());
  EXPECT_EQ(data_limit(pid("n1")), before);
  EXPECT_TRUE(memory->verify_healed(arena_).holds);
}

TEST_F(ProcessFaults, WhatIsFrozenIsNeitherWokenNorStartedAgain) {
  const auto storm = make_fault({.fault = "kill", .parameters = {{"storm", "20ms"}}});
  const auto cpu = make("cpu");
  inject(*storm, "n1");
  inject(*cpu, "n2");
  arena_.downs->freeze();
  arena_.sleeps->freeze();
  for (const char* name : {"n1", "n2"})
    if (life(name) != Life::gone) cluster_.signal(cluster_.node(name), SIGSTOP);
  ASSERT_TRUE(cluster_.await(cluster_.node("n2"), Life::stopped, soon()));
  EXPECT_EQ(share_stopped([&] { return kernel_state("n2"); }), 1);
  EXPECT_NE(life("n1"), Life::running);
}

TEST_F(ProcessFaults, HealingTwiceChangesNothing) {
  for (const auto& name : {"kill", "pause"}) {
    const auto fault = make(name);
    fault->heal(arena_, soon());  // Before anything was done.
    inject(*fault, "majority");
    fault->heal(arena_, soon());
    for (const Node& node : cluster_.nodes())
      ASSERT_TRUE(cluster_.await(node, Life::running, soon()));
    const std::array before{pid("n1"), pid("n2"), pid("n3")};
    fault->heal(arena_, soon());
    EXPECT_EQ(before, (std::array{pid("n1"), pid("n2"), pid("n3")}));
  }
}

TEST_F(ProcessFaults, ANodeThatDoesNotStartKeepsNoOtherDown) {
  const auto kill = make("kill");
  inject(*kill, "all");
  system_.make_broken("n1");
  EXPECT_THROW(kill->heal(arena_, soon()), EnvironmentError);
  EXPECT_EQ(life("n2"), Life::running);
  EXPECT_EQ(life("n3"), Life::running);
  EXPECT_FALSE(kill->verify_healed(arena_).holds);
  system_.make_broken("");
  kill->heal(arena_, soon());
  EXPECT_TRUE(kill->verify_healed(arena_).holds);
}

TEST_F(ProcessFaults, EverythingIsHealedFromEveryState) {
  for (const std::string name : {"n1", "n2", "n3"}) {
    SCOPED_TRACE(name);
    kill_by_hand(name);
    const std::string other = name == "n1" ? "n2" : "n1";
    cluster_.signal(cluster_.node(other), SIGSTOP);
    ASSERT_TRUE(cluster_.await(cluster_.node(other), Life::stopped, soon()));
    for (int twice = 0; twice < 2; ++twice) {
      const auto problems = heal_everything(arena_);
      if (twice == 0) {
        EXPECT_EQ(problems, std::vector<std::string>{name + " was found dead: killed by SIGKILL"});
      } else {
        EXPECT_TRUE(problems.empty());
      }
      for (const Node& node : cluster_.nodes())
        EXPECT_TRUE(cluster_.await(node, Life::running, soon())) << node.name;
    }
  }
}

TEST_F(ProcessFaults, WhatCannotBeHealedIsToldByNode) {
  kill_by_hand("n2");
  kill_by_hand("n3");
  system_.make_broken("n2");
  const auto problems = heal_everything(arena_);
  EXPECT_EQ(problems, (std::vector<std::string>{"n2 could not be started again: n2 does not start",
                                                "n2 was found dead: killed by SIGKILL",
                                                "n3 was found dead: killed by SIGKILL"}));
  EXPECT_EQ(life("n3"), Life::running);
}

TEST_F(ProcessFaults, APartitionNeedsANetwork) {
  const auto partition = make("partition");
  EXPECT_THROW(inject(*partition, "halves"), EnvironmentError);
}

}  // namespace
}  // namespace clew
