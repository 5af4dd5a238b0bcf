// The conductor's own logic. What the faults do is up to the test; the cluster
// is made of real processes.

#include "nemesis/conductor.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <map>
#include <thread>

#include "harness/error.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/sleepers.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What a fault class of a test does. By default: all goes well at once.
struct Behaviour {
  std::function<void(Arena&, Deadline)> inject = [](Arena&, Deadline) {};
  std::function<Evidence()> verify = [] { return Evidence{.holds = true, .text = "broken"}; };
  std::function<void(Arena&)> heal = [](Arena&) {};
  std::function<Evidence()> verify_healed = [] { return Evidence{.holds = true, .text = "whole"}; };
};

std::map<std::string, Behaviour>& behaviours() {
  static std::map<std::string, Behaviour> all;
  return all;
}

std::string drawn_by(Rng rng) { return std::to_string(rng.next()); }

template <class Name>
class Puppet final : public Fault {
 public:
  static constexpr std::string_view name = Name::text;
  static constexpr std::string_view summary = "does as the test says";
  static constexpr std::array<OptionSpec, 0> options{};
  explicit Puppet(const Options& /*options*/) {}

  Value inject(Arena& arena, const Order& /*order*/, Rng& rng, Deadline deadline) override {
    mine().inject(arena, deadline);
    return drawn_by(rng);
  }
  Evidence verify(Arena& /*arena*/) override { return mine().verify(); }
  void heal(Arena& arena, Deadline /*deadline*/) override { mine().heal(arena); }
  Evidence verify_healed(Arena& /*arena*/) override { return mine().verify_healed(); }
  std::vector<std::string> targets() const override { return {"one"}; }

 private:
  static Behaviour& mine() { return behaviours()[std::string(name)]; }
};

struct Slow {
  static constexpr std::string_view text = "slow";
};
struct Quick {
  static constexpr std::string_view text = "quick";
};
const Register<Fault, Puppet<Slow>> slow_registered;
const Register<Fault, Puppet<Quick>> quick_registered;

FaultRecord planned(const std::string& fault, int number, int from_ms, int to_ms) {
  return {.id = fault + "#" + std::to_string(number),
          .fault = fault,
          .target = "one",
          .planned = milliseconds(from_ms),
          .planned_heal = milliseconds(to_ms)};
}

class ConductorPlays : public ::testing::Test {
 protected:
  void SetUp() override {
    behaviours().clear();
    behaviours()["slow"];
    behaviours()["quick"];
    system_.start_all(cluster_);
  }

  // Faults call back into what the test has on its stack: they end before it does.
  struct [[nodiscard]] Playing {
    explicit Playing(ConductorPlays& test) : test_(test) {}
    Playing(const Playing&) = delete;
    Playing& operator=(const Playing&) = delete;
    ~Playing() { test_.conductor_.reset(); }

   private:
    ConductorPlays& test_;
  };

  Playing start(std::vector<FaultRecord> schedule) {
    journal_ = std::make_unique<Journal>(folder_.path() / "schedule.jsonl");
    start_ = Clock::now();
    conductor_ = std::make_unique<Conductor>(
        arena_, std::move(schedule), *journal_, [this] { return now(); }, 1,
        [this](const FaultRecord& fault) { observe(fault); });
    conductor_->start();
    return Playing(*this);
  }
  virtual void observe(const FaultRecord& /*fault*/) {}

  Nanos now() const { return Clock::now() - start_; }
  FaultRecord record(std::size_t index) const { return conductor_->records().at(index); }
  bool await(const std::function<bool()>& condition) const {
    const Deadline deadline = Clock::now() + seconds(10);
    while (!condition()) {
      if (left(deadline) == Nanos{0}) return false;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return true;
  }
  bool await_healed(std::size_t index) const {
    return await([&] { return record(index).healed != never; });
  }

  TemporaryFolder folder_;
  LoopbackCluster cluster_{3, folder_.path()};
  Sleepers system_;
  Arena arena_{cluster_, system_};
  std::unique_ptr<Journal> journal_;
  Deadline start_ = Clock::now();
  std::unique_ptr<Conductor> conductor_;
};

TEST_F(ConductorPlays, AFaultFromItsPlanToItsEnd) {
  const auto playing = start({planned("quick", 1, 50, 150)});
  ASSERT_TRUE(await_healed(0));
  EXPECT_TRUE(conductor_->stop_and_heal().empty());
  const FaultRecord fault = record(0);
  EXPECT_GE(fault.applied, milliseconds(50));
  EXPECT_GE(fault.healed, milliseconds(150));
  EXPECT_LT(fault.applied, fault.healed);
  EXPECT_TRUE(fault.verified);
  EXPECT_EQ(fault.evidence, "broken");
  EXPECT_TRUE(fault.verified_healed);
  EXPECT_EQ(fault.heal_evidence, "whole");
  EXPECT_EQ(fault.error, "");
  const auto told = read_journal(folder_.path() / "schedule.jsonl");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].healed, fault.healed);
  EXPECT_EQ(told[0].evidence, fault.evidence);
}

TEST_F(ConductorPlays, ThePlanIsWrittenBeforeAnythingIsDone) {
  const auto playing =
      start({planned("quick", 1, 60'000, 61'000), planned("slow", 1, 60'000, 61'000)});
  EXPECT_EQ(read_journal(folder_.path() / "schedule.jsonl").size(), 2U);
}

TEST_F(ConductorPlays, ClassesOverlap) {
  std::atomic<int> in_force = 0, most = 0;
  for (auto& [name, each] : behaviours()) {
    each.inject = [&](Arena&, Deadline) { most = std::max<int>(most, ++in_force); };
    each.heal = [&](Arena&) { --in_force; };
  }
  const auto playing = start({planned("quick", 1, 10, 200), planned("slow", 1, 50, 250)});
  ASSERT_TRUE(await_healed(0) && await_healed(1));
  EXPECT_EQ(most, 2);
  EXPECT_EQ(in_force, 0);
}

TEST_F(ConductorPlays, ASlowFaultDelaysNoOtherClass) {
  std::atomic<bool> released = false;
  behaviours()["slow"].inject = [&](Arena&, Deadline) {
    while (!released) std::this_thread::sleep_for(milliseconds(1));
  };
  const auto playing = start({planned("slow", 1, 10, 20'000), planned("quick", 1, 50, 100),
                              planned("quick", 2, 150, 200)});
  EXPECT_TRUE(await_healed(1) && await_healed(2));
  EXPECT_EQ(record(0).applied, never);
  released = true;
  EXPECT_TRUE(await([&] { return record(0).applied != never; }));
}

TEST_F(ConductorPlays, AFaultThatComesTooLateIsLeftOutAndSaysSo) {
  behaviours()["slow"].heal = [](Arena&) { std::this_thread::sleep_for(milliseconds(300)); };
  std::atomic<int> injected = 0;
  behaviours()["slow"].inject = [&](Arena&, Deadline) { ++injected; };
  const auto playing = start(
      {planned("slow", 1, 10, 30), planned("slow", 2, 50, 150), planned("slow", 3, 500, 550)});
  ASSERT_TRUE(await_healed(2));
  EXPECT_EQ(injected, 2);
  EXPECT_EQ(record(1).applied, never);
  EXPECT_EQ(record(1).error, "left out: the one before it had taken too long");
}

TEST_F(ConductorPlays, AFaultThatCannotBeInjectedIsRecordedAndTheRunGoesOn) {
  std::atomic<int> injected = 0, healed = 0;
  behaviours()["quick"].inject = [&](Arena&, Deadline) {
    if (++injected == 1) throw HarnessError("no leader was known");
  };
  behaviours()["quick"].heal = [&](Arena&) { ++healed; };
  const auto playing = start({planned("quick", 1, 10, 50), planned("quick", 2, 100, 150)});
  ASSERT_TRUE(await_healed(1));
  EXPECT_EQ(record(0).error, "could not be applied: no leader was known");
  EXPECT_EQ(record(0).applied, never);
  EXPECT_NE(record(0).healed, never) << "when what had got half way was undone";
  EXPECT_FALSE(record(0).verified);
  EXPECT_TRUE(record(1).verified);
  EXPECT_EQ(healed, 2) << "what got half way is healed too";
}

TEST_F(ConductorPlays, InjectionHasHalfOfTheFaultsTime) {
  std::atomic<std::int64_t> patience = 0;
  behaviours()["quick"].inject = [&](Arena&, Deadline deadline) {
    patience = left(deadline).count();
  };
  const auto playing = start({planned("quick", 1, 10, 410)});
  ASSERT_TRUE(await([&] { return patience != 0; }));
  EXPECT_LE(Nanos(patience), milliseconds(200));
  EXPECT_GT(Nanos(patience), milliseconds(50));
}

TEST_F(ConductorPlays, EvidenceIsAskedForUntilItIsSeen) {
  std::atomic<int> asked = 0;
  behaviours()["quick"].verify = [&] {
    return Evidence{.holds = ++asked >= 5, .text = std::to_string(asked) + " frames"};
  };
  const auto playing = start({planned("quick", 1, 10, 400)});
  ASSERT_TRUE(await_healed(0));
  EXPECT_TRUE(record(0).verified);
  EXPECT_EQ(record(0).evidence, "6 frames") << "the last look, right before it was healed";
}

TEST_F(ConductorPlays, AFaultBeginsAndEndsWithWhatItWaitsFor) {
  FaultRecord waits = planned("quick", 1, 0, 0);
  waits.planned_heal = never;
  waits.on = {.event = "ack", .match = "write", .delay = milliseconds(30)};
  waits.until = {.event = "leader", .match = "any"};
  const auto playing = start({waits});
  const Op ack{.time = now(), .kind = Kind::ok, .f = "write", .key = "k7", .node = "n2"};
  conductor_->events().told(ack);
  ASSERT_TRUE(await([&] { return record(0).verified; }));
  EXPECT_GE(record(0).applied, ack.time + milliseconds(30));
  EXPECT_EQ(record(0).due, ack.time + milliseconds(30));
  EXPECT_EQ(record(0).cause, "write of k7 acknowledged by n2");
  EXPECT_EQ(record(0).healed, never);
  conductor_->events().leader({.node = "n3", .term = 9, .from = now()});
  ASSERT_TRUE(await_healed(0));
}

TEST_F(ConductorPlays, AFaultThatWaitsForAnEventLastsAsLongAsItSays) {
  FaultRecord waits = planned("quick", 1, 0, 0);
  waits.planned_heal = never;
  waits.lasts = milliseconds(100);
  waits.on = {.event = "applied", .match = "slow#1"};
  const auto playing = start({planned("slow", 1, 10, 500), waits});
  ASSERT_TRUE(await_healed(1));
  EXPECT_GE(record(1).applied, record(0).applied);
  EXPECT_GE(record(1).healed, record(0).applied + milliseconds(100));
  EXPECT_EQ(record(0).healed, never) << "nor did it wait for the other's end";
}

TEST_F(ConductorPlays, WhatWasWaitedForInVainIsTold) {
  FaultRecord waits = planned("quick", 1, 0, 0);
  waits.planned_heal = never;
  waits.on = {.event = "ack", .match = "write", .count = 100};
  const auto playing = start({waits});
  conductor_->stop_and_heal();
  EXPECT_EQ(record(0).error,
            "could not be applied: what it waited for did not come: the 100th acknowledged write");
  EXPECT_EQ(record(0).applied, never);
}

TEST_F(ConductorPlays, WhatCouldNotBeHealedInTimeIsHealedAtTheEnd) {
  std::atomic<bool> too_early = true;
  std::atomic<int> healed = 0;
  behaviours()["quick"].inject = [](Arena&, Deadline) { throw HarnessError("got half way"); };
  behaviours()["quick"].heal = [&](Arena&) {
    if (too_early) throw HarnessError("nobody leads");
    ++healed;
  };
  const auto playing = start({planned("quick", 1, 10, 50)});
  ASSERT_TRUE(await([&] { return record(0).error.find("nobody leads") != std::string::npos; }));
  too_early = false;
  conductor_->stop_and_heal();
  EXPECT_EQ(healed, 1);
}

TEST_F(ConductorPlays, FaultsOfOneClassMayOverlap) {
  const auto playing = start({planned("quick", 1, 10, 300), planned("quick", 2, 50, 200)});
  ASSERT_TRUE(await_healed(0));
  ASSERT_TRUE(await_healed(1));
  EXPECT_LT(record(1).applied, record(0).healed);
  EXPECT_LT(record(1).healed, record(0).healed);
}

TEST_F(ConductorPlays, AFaultWithoutEvidenceIsNotVerified) {
  behaviours()["quick"].verify = [] { return Evidence{.text = "0 frames"}; };
  behaviours()["quick"].verify_healed = [] { return Evidence{.text = "silence"}; };
  const auto playing = start({planned("quick", 1, 10, 100), planned("quick", 2, 200, 300)});
  ASSERT_TRUE(await_healed(0));
  EXPECT_LT(now(), seconds(3)) << "waited for evidence past the next fault's turn";
  EXPECT_FALSE(record(0).verified);
  EXPECT_EQ(record(0).evidence, "0 frames");
  EXPECT_FALSE(record(0).verified_healed);
  EXPECT_EQ(record(0).heal_evidence, "silence");
}

TEST_F(ConductorPlays, WhatWasSeenStaysSeenWhenAnotherFaultTakesOver) {
  std::atomic<bool> holds = true;
  behaviours()["quick"].verify = [&] {
    return holds ? Evidence{.holds = true, .text = "n2 is stopped"}
                 : Evidence{.text = "n2 is gone"};
  };
  const auto playing = start({planned("quick", 1, 10, 300)});
  ASSERT_TRUE(await([&] { return record(0).verified; }));
  holds = false;
  ASSERT_TRUE(await_healed(0));
  EXPECT_TRUE(record(0).verified);
  EXPECT_EQ(record(0).evidence, "n2 is stopped");
}

TEST_F(ConductorPlays, AFaultThatCannotTellIsHealedAllTheSame) {
  std::atomic<int> healed = 0;
  behaviours()["quick"].verify = []() -> Evidence { throw HarnessError("the switch is gone"); };
  behaviours()["quick"].verify_healed = behaviours()["quick"].verify;
  behaviours()["quick"].heal = [&](Arena&) { ++healed; };
  const auto playing = start({planned("quick", 1, 10, 400), planned("quick", 2, 800, 1600)});
  ASSERT_TRUE(await_healed(0));
  EXPECT_EQ(healed, 1);
  EXPECT_FALSE(record(0).verified);
  EXPECT_EQ(record(0).evidence, "cannot be told: the switch is gone");
  EXPECT_FALSE(record(0).verified_healed);
}

TEST_F(ConductorPlays, HealingIsTriedAgainABoundedNumberOfTimes) {
  std::atomic<int> tries = 0;
  behaviours()["quick"].heal = [&](Arena&) {
    if (++tries < 3) throw HarnessError("busy");
  };
  behaviours()["slow"].heal = [](Arena&) { throw HarnessError("n1 does not start"); };
  const auto playing = start({planned("quick", 1, 10, 50), planned("slow", 1, 10, 50)});
  ASSERT_TRUE(await_healed(0));
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(record(0).error, "");
  ASSERT_TRUE(await([&] { return !record(1).error.empty(); }));
  EXPECT_EQ(record(1).error, "could not be healed: n1 does not start");
  EXPECT_EQ(record(1).healed, never);
  EXPECT_TRUE(record(1).verified) << "it was in force nevertheless";
}

TEST_F(ConductorPlays, AStopHealsWhatIsInForceAndLeavesOutTheRest) {
  std::atomic<int> in_force = 0;
  for (auto& [name, each] : behaviours()) {
    each.inject = [&](Arena&, Deadline) { ++in_force; };
    each.heal = [&](Arena&) { --in_force; };
  }
  const auto playing = start({planned("quick", 1, 10, 60'000), planned("slow", 1, 10, 60'000),
                              planned("quick", 2, 70'000, 80'000)});
  ASSERT_TRUE(await([&] { return in_force == 2; }));
  EXPECT_TRUE(conductor_->stop_and_heal().empty());
  EXPECT_LT(now(), seconds(5));
  EXPECT_EQ(in_force, 0);
  EXPECT_NE(record(0).healed, never);
  EXPECT_NE(record(1).healed, never);
  EXPECT_EQ(record(2).applied, never);
  EXPECT_EQ(record(2).error, "");
  EXPECT_TRUE(conductor_->stop_and_heal().empty()) << "again";
}

TEST_F(ConductorPlays, AStopHealsEvenWhatItsFaultCouldNot) {
  behaviours()["quick"].inject = [](Arena& arena, Deadline) {
    arena.cluster.signal(arena.cluster.node("n1"), SIGSTOP);
    arena.cluster.signal(arena.cluster.node("n2"), SIGKILL);
  };
  behaviours()["quick"].heal = [](Arena&) { throw HarnessError("cannot"); };
  const auto playing = start({planned("quick", 1, 10, 60)});
  ASSERT_TRUE(await([&] { return !record(0).error.empty(); }));
  EXPECT_EQ(conductor_->stop_and_heal(),
            std::vector<std::string>{"n2 was found dead: killed by SIGKILL"});
  for (const Node& node : cluster_.nodes())
    EXPECT_TRUE(cluster_.await(node, Life::running, Clock::now() + seconds(5))) << node.name;
}

TEST_F(ConductorPlays, AServerThatDiedByItselfIsToldAndStartedAgain) {
  const auto playing = start({planned("quick", 1, 10, 60)});
  ASSERT_TRUE(await_healed(0));
  cluster_.signal(cluster_.node("n3"), SIGABRT);
  ASSERT_TRUE(cluster_.await(cluster_.node("n3"), Life::gone, Clock::now() + seconds(5)));
  const auto problems = conductor_->stop_and_heal();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].rfind("n3 was found dead: killed by SIGABRT", 0), 0U) << problems[0];
  EXPECT_EQ(cluster_.status(cluster_.node("n3")).life, Life::running);
}

TEST_F(ConductorPlays, AnUnknownFaultIsRefusedAtOnce) {
  Journal journal(folder_.path() / "other.jsonl");
  EXPECT_THROW(Conductor(
                   arena_, {planned("nobody", 1, 1, 2)}, journal, [this] { return now(); }, 1,
                   [](const FaultRecord&) {}),
               UsageError);
}

TEST_F(ConductorPlays, TheSameDrawsWhateverHappenedBefore) {
  behaviours()["quick"].inject = [](Arena&, Deadline) {};
  const auto playing = start({planned("quick", 1, 10, 400), planned("quick", 2, 800, 1600)});
  ASSERT_TRUE(await_healed(1));
  EXPECT_EQ(record(0).hit, Value(drawn_by(Rng::stream(1, "fault quick#1"))));
  EXPECT_EQ(record(1).hit, Value(drawn_by(Rng::stream(1, "fault quick#2"))));
}

class ConductorTells : public ConductorPlays {
 protected:
  void observe(const FaultRecord& fault) override {
    const std::lock_guard lock(mutex_);
    told_.push_back(fault.healed != never    ? "healed"
                    : fault.verified         ? "verified"
                    : fault.applied != never ? "applied"
                                             : "failed");
    if (throws_) throw EnvironmentError("disk full");
  }
  std::mutex mutex_;
  std::vector<std::string> told_;
  bool throws_ = false;
};

TEST_F(ConductorTells, EachStepOnce) {
  const auto playing = start({planned("quick", 1, 10, 60)});
  ASSERT_TRUE(await_healed(0));
  conductor_->stop_and_heal();
  EXPECT_EQ(told_, (std::vector<std::string>{"applied", "verified", "healed"}));
}

TEST_F(ConductorTells, AnObserverThatThrowsKeepsNothingFromBeingHealed) {
  throws_ = true;
  std::atomic<int> healed = 0;
  behaviours()["quick"].heal = [&](Arena&) { ++healed; };
  const auto playing = start({planned("quick", 1, 10, 400), planned("quick", 2, 800, 1600)});
  ASSERT_TRUE(await_healed(1));
  EXPECT_EQ(healed, 2);
  const auto problems = conductor_->stop_and_heal();
  ASSERT_EQ(problems.size(), 6U);
  EXPECT_EQ(problems[0], "quick#1 applied: disk full");
}

}  // namespace
}  // namespace clew
