// partition, with real frames between real processes in the lab.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "harness/error.h"
#include "harness/lab/lab.h"
#include "harness/nemesis.h"
#include "nemesis/conductor.h"
#include "nemesis/plan.h"
#include "tests/nemesis/chatting_lab.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A lab of five that chat, and one partition.
struct PartitionStage : Stage {
  using Stage::Stage;
  std::unique_ptr<Fault> partition = make_fault({.fault = "partition"});

  Value inject(const std::string& target, std::uint64_t seed = 1) {
    return Stage::inject(*partition, {.id = "partition#1", .target = target}, seed);
  }
  void heal() { Stage::heal(*partition); }
  bool await_verified() { return Stage::await_verified(*partition); }
  bool await_healed() { return Stage::await_healed(*partition); }
  std::set<std::pair<int, int>> holes() const {
    std::set<std::pair<int, int>> holes;
    const LinkMatrix links = network.in_force();
    for (int from = 0; from <= 5; ++from)
      for (int to = 0; to <= 5; ++to)
        if (links.at(from, to).hole) holes.emplace(from, to);
    return holes;
  }
};

void on_stage(const std::function<void(PartitionStage&)>& body) {
  on_stage_of<PartitionStage>(body);
}

TEST(Partition, OfEveryShapeDropsFramesOnItsLinksAndPassesThemAgainAfterwards) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](PartitionStage& stage) {
    for (const std::string& target : stage.partition->targets()) {
      SCOPED_TRACE(target);
      stage.inject(target);
      const auto holes = stage.holes();
      EXPECT_FALSE(holes.empty());
      EXPECT_TRUE(stage.await_verified()) << stage.partition->verify(stage.arena).text;
      const std::string all = std::to_string(holes.size());
      EXPECT_TRUE(Stage::await([&] {
        return stage.partition->verify(stage.arena)
                   .text.find(" dropped on " + all + " of " + all + " cut links, none passed") !=
               std::string::npos;
      })) << stage.partition->verify(stage.arena).text;
      EXPECT_FALSE(stage.partition->verify_healed(stage.arena).holds);
      stage.heal();
      EXPECT_TRUE(stage.holes().empty());
      EXPECT_TRUE(stage.await_healed()) << stage.partition->verify_healed(stage.arena).text;
      EXPECT_FALSE(stage.partition->verify(stage.arena).holds) << "it is over";
    }
  });
}

TEST(Partition, TheLinksThatAreNotCutGoOn) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](PartitionStage& stage) {
    EXPECT_EQ(to_json(stage.inject("leader")), R"({"cut":[["n4"],["n1","n2","n3","n5"]]})");
    std::set<std::pair<int, int>> expected;
    for (const int other : {1, 2, 3, 5}) {
      expected.emplace(4, other);
      expected.emplace(other, 4);
    }
    EXPECT_EQ(stage.holes(), expected) << "clients reach both sides";
    const std::uint64_t kept = stage.passed(1, 2), cut = stage.passed(1, 4);
    EXPECT_TRUE(Stage::await([&] { return stage.passed(1, 2) > kept + 20; }));
    EXPECT_EQ(stage.passed(1, 4), cut);
  });
}

TEST(Partition, TellsWhatItCut) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](PartitionStage& stage) {
    EXPECT_EQ(to_json(stage.inject("n2")), R"({"cut":[["n2"],["n1","n3","n4","n5"]]})");
    EXPECT_EQ(stage.inject("halves").find("cut")->as_list().size(), 2U);
    EXPECT_EQ(stage.inject("bridge").find("cut")->as_list().size(), 3U);
    EXPECT_EQ(stage.inject("majority-ring").find("views")->as_list().size(), 5U);
    const Value one_way = stage.inject("one-way");
    EXPECT_EQ(one_way.find("from")->as_list().size() + one_way.find("to")->as_list().size(), 5U);
    EXPECT_EQ(stage.holes().size(), 4U) << "the last took the place of those before";
  });
}

// Evidence is what was seen: a cut that nobody ran into, and one that somebody
// took away behind our back, are none.
TEST(Partition, IsNotVerifiedWithoutFramesNorWithoutItsHoles) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](PartitionStage& stage) {
    for (const Node& node : stage.lab.nodes()) {
      stage.lab.signal(node, SIGSTOP);
      ASSERT_TRUE(stage.lab.await(node, Life::stopped, Clock::now() + seconds(5)));
    }
    // What the stopped ones had sent is still on its way for a moment.
    std::uint64_t seen = 0;
    ASSERT_TRUE(Stage::await([&] {
      const std::uint64_t before = seen;
      seen = stage.network.count(1, 2).frames + stage.network.count(2, 1).frames;
      std::this_thread::sleep_for(milliseconds(50));
      return before == seen;
    }));
    stage.inject("n1");
    std::this_thread::sleep_for(milliseconds(100));
    const Evidence silent = stage.partition->verify(stage.arena);
    EXPECT_FALSE(silent.holds) << silent.text;
    for (const Node& node : stage.lab.nodes()) stage.lab.signal(node, SIGCONT);
    EXPECT_TRUE(stage.await_verified());
    stage.network.remove_all();
    EXPECT_TRUE(Stage::await([&] {
      const Evidence evidence = stage.partition->verify(stage.arena);
      return !evidence.holds && evidence.text.find(" are open") != std::string::npos &&
             evidence.text.find("none passed") == std::string::npos;
    })) << stage.partition->verify(stage.arena).text;
  });
}

TEST(Partition, HealingTakesAwayItsOwnCutOnlyAndTwiceIsHarmless) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](PartitionStage& stage) {
    LinkMatrix other(5);
    other.at(1, 2).hole = true;
    stage.network.overlay("another fault", other);
    stage.heal();
    stage.inject("n1");
    stage.heal();
    stage.heal();
    EXPECT_EQ(stage.holes(), (std::set<std::pair<int, int>>{{1, 2}}));
    EXPECT_TRUE(stage.await_healed()) << "the other seven links pass";
    EXPECT_NE(stage.partition->verify_healed(stage.arena).text.find("7 of 8 are open"),
              std::string::npos);
    EXPECT_TRUE(heal_everything(stage.arena).empty());
    EXPECT_TRUE(stage.holes().empty());
  });
}

// All of it at once: three timelines on five real nodes, and everything whole at the end.
TEST(Partition, AScheduleOfOverlappingFaultsIsPlayedVerifiedAndHealed) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](PartitionStage& stage) {
    const auto fault = [](const std::string& name, int number, const std::string& target, int from,
                          int to) {
      return FaultRecord{.id = name + "#" + std::to_string(number),
                         .fault = name,
                         .target = target,
                         .planned = milliseconds(from),
                         .planned_heal = milliseconds(to)};
    };
    Journal journal(stage.folder / "schedule.jsonl");
    const Deadline start = Clock::now();
    Conductor conductor(
        stage.arena,
        {fault("partition", 1, "leader", 50, 600), fault("kill", 1, "one", 100, 500),
         fault("pause", 1, "minority", 150, 700), fault("kill", 2, "leader", 900, 1500),
         fault("partition", 2, "bridge", 1000, 1600)},
        journal, [start] { return Nanos(Clock::now() - start); }, 3, [](const FaultRecord&) {});
    conductor.start();
    EXPECT_TRUE(Stage::await([&] {
      for (const FaultRecord& each : conductor.records())
        if (each.healed == never) return false;
      return true;
    }));
    EXPECT_TRUE(conductor.stop_and_heal().empty());
    for (const FaultRecord& each : conductor.records()) {
      SCOPED_TRACE(each.id + " " + to_json(each.hit) + " " + each.evidence + " | " +
                   each.heal_evidence + " " + each.error);
      EXPECT_TRUE(each.verified);
      EXPECT_TRUE(each.verified_healed);
      EXPECT_EQ(each.error, "");
    }
    EXPECT_TRUE(stage.holes().empty());
    for (const Node& node : stage.lab.nodes())
      EXPECT_TRUE(stage.lab.await(node, Life::running, Clock::now() + seconds(5))) << node.name;
  });
}

}  // namespace
}  // namespace clew
