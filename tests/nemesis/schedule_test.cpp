#include "nemesis/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/error.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<FaultRecord> draw(const std::string& nemesis, std::uint64_t seed = 1,
                              Nanos limit = seconds(30), Nanos interval = seconds(5)) {
  return draw_schedule(parse_nemesis(nemesis), seed, limit, interval);
}

using Line = std::tuple<std::string, std::string, std::string, Nanos, Nanos>;

std::vector<Line> lines(const std::vector<FaultRecord>& schedule, const std::string& only = "") {
  std::vector<Line> lines;
  for (const FaultRecord& fault : schedule)
    if (only.empty() || fault.fault == only)
      lines.emplace_back(fault.id, fault.fault, fault.target, fault.planned, fault.planned_heal);
  return lines;
}

std::string error_of(const std::string& nemesis, const std::vector<std::string>& nodes = {}) {
  try {
    parse_nemesis(nemesis, nodes);
  } catch (const UsageError& e) { return e.what(); }
  return "";
}

TEST(Schedule, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(lines(draw("partition,kill,pause", 7)), lines(draw("partition,kill,pause", 7)));
  EXPECT_NE(lines(draw("partition,kill,pause", 7)), lines(draw("partition,kill,pause", 8)));
}

TEST(Schedule, AddingAClassChangesNoOther) {
  for (const std::string each : {"partition", "kill", "pause"}) {
    const auto alone = lines(draw(each, 3));
    ASSERT_FALSE(alone.empty());
    EXPECT_EQ(lines(draw("partition,kill,pause", 3), each), alone);
    EXPECT_EQ(lines(draw("pause,partition,kill", 3), each), alone);
  }
}

TEST(Schedule, ATargetChangesNoTimes) {
  const auto any = draw("kill", 3), aimed = draw("kill:leader", 3);
  ASSERT_EQ(any.size(), aimed.size());
  for (std::size_t i = 0; i < any.size(); ++i) {
    EXPECT_EQ(any[i].planned, aimed[i].planned);
    EXPECT_EQ(any[i].planned_heal, aimed[i].planned_heal);
    EXPECT_EQ(aimed[i].target, "leader");
  }
}

TEST(Schedule, ThirtySecondsHoldTwoOfEachClassAndTwoAtTheLeaderOfEachSeed) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::map<std::string, int> count;
    int leaders = 0;
    for (const FaultRecord& fault : draw("partition,kill,pause", seed)) {
      ++count[fault.fault];
      leaders += fault.target == "leader" && fault.fault != "pause" ? 1 : 0;
    }
    for (const char* each : {"partition", "kill", "pause"}) ASSERT_GE(count[each], 2) << each;
    ASSERT_GE(leaders, 2);
  }
}

TEST(Schedule, KeepsItsBounds) {
  for (const Nanos limit : {Nanos(seconds(3)), Nanos(seconds(30)), Nanos(seconds(200))})
    for (const Nanos interval : {Nanos(milliseconds(100)), Nanos(seconds(5)), Nanos(seconds(600))})
      for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const auto schedule = draw("partition,kill,pause", seed, limit, interval);
        std::map<std::string, std::vector<FaultRecord>> classes;
        std::set<std::string> ids;
        for (const FaultRecord& fault : schedule) {
          classes[fault.fault].push_back(fault);
          EXPECT_TRUE(ids.insert(fault.id).second) << fault.id;
          EXPECT_FALSE(fault.target.empty());
          EXPECT_EQ(fault.applied, never);
          EXPECT_LE(fault.planned_heal, limit * 85 / 100);
        }
        ASSERT_TRUE(std::is_sorted(schedule.begin(), schedule.end(),
                                   [](auto& a, auto& b) { return a.planned < b.planned; }));
        for (const auto& [name, faults] : classes) {
          ASSERT_GE(faults.size(), 2U) << name;
          EXPECT_LE(faults[0].planned, milliseconds(1500) + interval / 5);
          for (std::size_t i = 0; i < faults.size(); ++i) {
            EXPECT_LT(faults[i].planned, faults[i].planned_heal);
            EXPECT_LT(i > 0 ? faults[i - 1].planned_heal : Nanos{0}, faults[i].planned);
          }
        }
      }
}

TEST(Schedule, AFaultOfAClassBeginsEveryIntervalOnAverage) {
  const auto schedule = draw("kill", 5, seconds(3600), seconds(5));
  const double share = static_cast<double>(schedule.size()) / (3600 * 0.85 / 5);
  EXPECT_NEAR(share, 1.0, 0.05);
}

TEST(Schedule, ClassesOverlap) {
  int overlapping = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto schedule = draw("partition,kill,pause", seed);
    for (const FaultRecord& a : schedule)
      for (const FaultRecord& b : schedule)
        overlapping +=
            a.fault < b.fault && a.planned < b.planned_heal && b.planned < a.planned_heal;
  }
  EXPECT_GT(overlapping, 200) << "in 100 schedules";
}

TEST(Schedule, OfAllFaultsSomeAreInForceAtATimeAndEachComesInAShortRunToo) {
  Nanos in_force{};
  std::set<std::string> came;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const FaultRecord& fault : draw("all", seed, seconds(300)))
      in_force += fault.planned_heal - fault.planned;
    came.clear();
    for (const FaultRecord& fault : draw("all", seed, seconds(30))) came.insert(fault.fault);
    EXPECT_EQ(came.size(), parse_nemesis("all").size());
  }
  const double at_a_time = std::chrono::duration<double>(in_force).count() / (20 * 300 * 0.85);
  EXPECT_GT(at_a_time, 2);
  EXPECT_LT(at_a_time, 3.5);
}

TEST(Schedule, DrawnTargetsCoverAllAndFavourTheLeader) {
  std::map<std::string, int> count;
  for (const FaultRecord& fault : draw("kill", 1, seconds(20'000))) ++count[fault.target];
  const int all = static_cast<int>(draw("kill", 1, seconds(20'000)).size());
  EXPECT_NEAR(static_cast<double>(count["leader"]) / all, 0.4, 0.03);
  for (const char* target : {"one", "minority", "follower"}) EXPECT_GT(count[target], all / 8);
  for (const char* target : {"majority", "all"}) {
    EXPECT_GT(count[target], 0);
    EXPECT_LT(count[target], all / 16);
  }
  EXPECT_EQ(count.size(), 6U);
}

TEST(Schedule, EveryShapeOfAPartitionComesBeforeAnyComesTwice) {
  std::vector<std::string> targets;
  for (const FaultRecord& fault : draw("partition", 1, seconds(300)))
    if (fault.target != "leader") targets.push_back(fault.target);
  ASSERT_GE(targets.size(), 10U);
  const std::set<std::string> first(targets.begin(), targets.begin() + 6);
  EXPECT_EQ(first, (std::set<std::string>{"halves", "one", "majority-ring", "bridge", "one-way",
                                          "links"}));
}

TEST(Schedule, SeveralTargetsOfOneClassTakeTurnsAndNeverOverlap) {
  const auto schedule = draw("kill:leader,kill:n2", 1, seconds(60));
  ASSERT_GE(schedule.size(), 4U);
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    EXPECT_EQ(schedule[i].target, i % 2 == 0 ? "leader" : "n2");
    EXPECT_EQ(schedule[i].id, "kill#" + std::to_string(i + 1));
    EXPECT_LT(i > 0 ? schedule[i - 1].planned_heal : Nanos{0}, schedule[i].planned);
  }
}

TEST(Schedule, NoFaultsAreNoFaults) {
  EXPECT_TRUE(draw("").empty());
  EXPECT_TRUE(draw("none").empty());
  EXPECT_TRUE(draw("kill", 1, Nanos{0}).empty());
}

TEST(Schedule, AllIsEveryFaultThereIs) {
  std::set<std::string> names;
  for (const FaultSpec& spec : parse_nemesis("all")) names.insert(spec.fault);
  EXPECT_EQ(names, (std::set<std::string>{"clock", "cpu", "disk", "hold", "kill", "membership",
                                          "memory", "packet", "partition", "pause", "power-loss"}));
}

TEST(Schedule, AnUnknownFaultOrTargetIsToldWithTheNearestName) {
  EXPECT_EQ(error_of("pasue"),
            "--nemesis: unknown fault 'pasue'; did you mean 'pause'? known: ask, client-pause, "
            "clock, cpu, damage, disk, hold, kill, membership, memory, packet, partition, pause, "
            "power-loss");
  EXPECT_EQ(error_of("kill:leadr"),
            "--nemesis: unknown target of kill 'leadr'; did you mean 'leader'? known: one, "
            "minority, majority, all, leader, follower");
  EXPECT_NE(error_of("partition:ring").find("known: halves, one, leader"), std::string::npos);
  EXPECT_NE(error_of("kill:").find("unknown target of kill ''"), std::string::npos);
  EXPECT_NE(error_of("kill,,pause").find("empty part"), std::string::npos);
  EXPECT_NE(error_of("kill,").find("empty part"), std::string::npos);
}

TEST(Schedule, ATargetMayBeANodeThatThereIs) {
  EXPECT_EQ(error_of("kill:n3,partition:n1,pause:n2", {"n1", "n2", "n3"}), "");
  EXPECT_EQ(error_of("kill:n12"), "") << "nodes are not known yet";
  EXPECT_NE(error_of("kill:n4", {"n1", "n2", "n3"}).find("follower, n1, n2, n3"),
            std::string::npos);
  EXPECT_EQ(error_of("pause:alpha", {"alpha", "beta"}), "");
}

TEST(Schedule, AnIntervalThatIsTooShortIsRefused) {
  EXPECT_THROW(draw("kill", 1, seconds(30), milliseconds(99)), UsageError);
}

}  // namespace
}  // namespace clew
