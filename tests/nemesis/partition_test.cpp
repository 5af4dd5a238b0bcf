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
#include "tests/harness/lab/inside.h"
#include "tests/support/sleepers.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Servers that talk to each other all the time.
class Chatter final : public Sleepers {
 public:
  void start(Cluster& cluster, const Node& node) override {
    Command command{.argv = {CLEW_CHATTER, node.address}};
    for (const Node& peer : cluster.nodes())
      if (peer.id != node.id) command.argv.push_back(peer.address);
    cluster.start(node, command);
  }
};

// A lab of five that chat, and one partition.
struct Stage {
  const std::filesystem::path folder;
  Lab lab{5, folder};
  Chatter system{};
  Arena arena{lab, system};
  std::unique_ptr<Fault> partition = FaultRegistry::instance().find("fault", "partition").make({});
  Network& network = *lab.network();

  explicit Stage(const Scratch& scratch) : folder(scratch.path()) {
    for (const Node& node : lab.nodes()) {
      system.start(lab, node);
      system.claim(node.name, "n4", 2);
    }
    EXPECT_TRUE(await([&] { return all_links_pass(); })) << "the nodes do not chat";
  }
  Value inject(const std::string& target, std::uint64_t seed = 1) {
    Rng rng(seed);
    return partition->inject(arena, "partition#1", target, rng, Clock::now() + seconds(2));
  }
  void heal() { partition->heal(arena, Clock::now() + seconds(2)); }

  static bool await(const std::function<bool()>& condition) {
    const Deadline deadline = Clock::now() + seconds(10);
    while (!condition()) {
      if (left(deadline) == Nanos{0}) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
  }
  bool await_verified() {
    return await([&] { return partition->verify(arena).holds; });
  }
  bool await_healed() {
    return await([&] { return partition->verify_healed(arena).holds; });
  }
  std::uint64_t passed(int from, int to) const {
    const LinkCount count = network.count(from, to);
    return count.frames - count.dropped;
  }
  bool all_links_pass() const {
    for (int from = 1; from <= 5; ++from)
      for (int to = 1; to <= 5; ++to)
        if (from != to && passed(from, to) < 3) return false;
    return true;
  }
  std::set<std::pair<int, int>> holes() const {
    std::set<std::pair<int, int>> holes;
    const LinkMatrix links = network.in_force();
    for (int from = 0; from <= 5; ++from)
      for (int to = 0; to <= 5; ++to)
        if (links.at(from, to).hole) holes.emplace(from, to);
    return holes;
  }
};

// The folder is removed once the sandbox and its mounts are gone.
void on_stage(const std::function<void(Stage&)>& body) {
  const Scratch scratch;
  in_the_sandbox([&] {
    Stage stage(scratch);
    body(stage);
  });
}

TEST(Partition, OfEveryShapeDropsFramesOnItsLinksAndPassesThemAgainAfterwards) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
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
  on_stage([](Stage& stage) {
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
  on_stage([](Stage& stage) {
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
  on_stage([](Stage& stage) {
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
  on_stage([](Stage& stage) {
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
  on_stage([](Stage& stage) {
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
