// What faults do to a real etcd of five nodes in the lab.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "harness/error.h"
#include "harness/lab/lab.h"
#include "harness/nemesis.h"
#include "nemesis/conductor.h"
#include "nemesis/leader_watch.h"
#include "nemesis/log_watch.h"
#include "nemesis/plan.h"
#include "nemesis/schedule.h"
#include "nemesis/targets.h"
#include "tests/nemesis/etcd_stage.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AtTheLeader : public ::testing::TestWithParam<std::string> {};

TEST_P(AtTheLeader, AFaultMakesAnotherNodeLeadAndHealingBringsAllBack) {
  CLEW_NEEDS_SANDBOX();
  with_etcd([](EtcdStage& stage) {
    const auto before = stage.leader();
    ASSERT_NE(before.first, "");
    const auto fault = make_fault({.fault = GetParam()});
    Rng rng(1);
    const Value hit =
        fault->inject(stage.arena, {.id = "it#1", .target = "leader"}, rng, in(seconds(5)));
    EXPECT_NE(to_json(hit).find("[\"" + before.first + "\"]"), std::string::npos) << to_json(hit);
    std::string told;
    EXPECT_TRUE(stage.await([&] { return fault->verify(stage.arena); }, told)) << told;
    EXPECT_TRUE(stage.await_other_leader(before));
    EXPECT_TRUE(fault->verify(stage.arena).holds) << "until it is healed";
    fault->heal(stage.arena, in(seconds(5)));
    EXPECT_TRUE(stage.await([&] { return fault->verify_healed(stage.arena); }, told)) << told;
    stage.system.await_ready(stage.lab, in(seconds(30)));
    EXPECT_GT(stage.leader().second, before.second);
  });
}

INSTANTIATE_TEST_SUITE_P(Etcd, AtTheLeader, ::testing::Values("kill", "partition", "pause"),
                         [](const auto& each) { return each.param; });

class Membership : public ::testing::TestWithParam<std::string> {};

TEST_P(Membership, ChangesUnderWayAreProvenAndHealed) {
  CLEW_NEEDS_SANDBOX();
  with_etcd([](EtcdStage& stage) {
    const auto members = [&] {
      auto& face = dynamic_cast<HasMembership&>(stage.system);
      return face.members(stage.lab, find_leader(stage.arena, in(seconds(10))), in(seconds(2)));
    };
    const auto before = members();
    ASSERT_TRUE(before);
    ASSERT_EQ(before->size(), 5U);
    const auto fault = make_fault({.fault = "membership"});
    Rng rng(1);
    // Who leads already cannot be handed the lead.
    const std::string chosen = find_leader(stage.arena, in(seconds(10))).name == "n2" ? "n3" : "n2";
    // etcd changes no members within five seconds of their start.
    const Value hit = fault->inject(
        stage.arena, {.id = "it#1", .kind = GetParam(), .target = chosen}, rng, in(seconds(20)));
    EXPECT_EQ(to_json(hit), R"({"nodes":[")" + chosen + R"("]})");
    std::string told;
    EXPECT_TRUE(stage.await([&] { return fault->verify(stage.arena); }, told)) << told;
    if (GetParam() == "remove") { EXPECT_EQ(members()->size(), 4U); }
    fault->heal(stage.arena, in(seconds(20)));
    EXPECT_TRUE(stage.await([&] { return fault->verify_healed(stage.arena); }, told)) << told;
    stage.system.await_ready(stage.lab, in(seconds(30)));
    const auto after = members();
    ASSERT_TRUE(after);
    EXPECT_EQ(after->size(), 5U);
    std::set<std::uint64_t> old;
    for (const Member& member : *before) old.insert(member.id);
    for (const Member& member : *after) {
      EXPECT_FALSE(member.learner);
      const bool same = old.contains(member.id);
      EXPECT_EQ(same, member.node != chosen || GetParam() == "transfer") << member.node;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Etcd, Membership,
                         ::testing::Values("remove", "replace", "learner", "transfer"),
                         [](const auto& each) { return each.param; });

TEST(Etcd, ALogLineOfANodeSetsAFaultOff) {
  CLEW_NEEDS_SANDBOX();
  with_etcd([](EtcdStage& stage) {
    const Deadline start = Clock::now();
    const auto now = [start] { return Nanos(Clock::now() - start); };
    FaultRecord cut{.id = "cut", .fault = "partition", .target = "leader"};
    cut.planned_heal = seconds(20);
    FaultRecord pause{.id = "pause", .fault = "pause", .target = "n1", .planned_heal = never};
    pause.on = {.event = "log", .match = "became leader at term", .after = "cut"};
    pause.until = {.event = "applied", .match = "pause", .delay = milliseconds(300)};
    Journal journal(stage.folder / "schedule.jsonl");
    Conductor conductor(stage.arena, {cut, pause}, journal, now, 1, [](const FaultRecord&) {});
    LogWatch logs(stage.lab, [&](const std::string& node, const std::string& line) {
      conductor.events().log_line(node, line);
    });
    conductor.start();
    std::string told;
    EXPECT_TRUE(stage.await(
        [&] {
          const FaultRecord seen = conductor.records()[1];
          return Evidence{.holds = seen.verified_healed, .text = seen.cause + seen.error};
        },
        told));
    EXPECT_NE(told.find("logged: "), std::string::npos) << told;
    EXPECT_NE(told.find("became leader at term"), std::string::npos) << told;
    EXPECT_GT(conductor.records()[1].applied, conductor.records()[0].applied);
    EXPECT_TRUE(conductor.stop_and_heal().empty());
  });
}

TEST(Etcd, AWholeScheduleIsPlayedWithProofAndLeadersChange) {
  CLEW_NEEDS_SANDBOX();
  with_etcd([](EtcdStage& stage) {
    const Nanos limit = seconds(30);
    auto schedule = draw_schedule(parse_nemesis("partition,kill,pause"), 4, limit, seconds(5));
    Journal journal(stage.folder / "schedule.jsonl");
    const Deadline start = Clock::now();
    const auto now = [start] { return Nanos(Clock::now() - start); };
    LeaderWatch leaders(stage.lab, stage.system, now, [](const LeaderSpan&) {});
    Conductor conductor(stage.arena, std::move(schedule), journal, now, 4,
                        [](const FaultRecord&) {});
    conductor.start();
    std::this_thread::sleep_until(start + limit * 9 / 10);
    EXPECT_TRUE(conductor.stop_and_heal().empty());
    stage.system.await_ready(stage.lab, in(seconds(30)));
    std::set<std::int64_t> terms;
    for (const LeaderSpan& span : leaders.stop()) terms.insert(span.term);
    EXPECT_GE(terms.size(), 2U) << "nobody else ever led";
    std::map<std::string, int> verified;
    for (const FaultRecord& fault : conductor.records()) {
      const std::string story = fault.id + ":" + fault.target + " " + to_json(fault.hit) + " | " +
                                fault.evidence + " | " + fault.heal_evidence + " | " + fault.error;
      std::fprintf(stderr, "%s\n", story.c_str());
      verified[fault.fault] += fault.verified ? 1 : 0;
      // A leader may be missing when it is to be hit; nothing else may go wrong.
      if (fault.error == "could not be applied: no leader was known") continue;
      EXPECT_EQ(fault.error, "") << story;
      EXPECT_TRUE(fault.verified) << story;
      EXPECT_TRUE(fault.verified_healed) << story;
    }
    for (const char* name : {"partition", "kill", "pause"}) EXPECT_GE(verified[name], 2) << name;
  });
}

}  // namespace
}  // namespace clew
