// packet and hold, with real frames between real processes in the lab.

#include <gtest/gtest.h>

#include "nemesis/plan.h"
#include "tests/nemesis/chatting_lab.h"

namespace clew {
namespace {

using std::chrono::milliseconds;

std::int64_t number_before(const std::string& text, const std::string& word) {
  const std::size_t end = text.find(word);
  if (end == std::string::npos) return -1;
  std::string digits;
  for (std::size_t at = 0; at < end; ++at)
    if (text[at] >= '0' && text[at] <= '9') digits += text[at];
  return digits.empty() ? -1 : std::stoll(digits);
}

TEST(Packet, OfEveryKindIsSeenByTheSwitchAndOverWhenHealed) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    for (const std::string& kind : make_fault({.fault = "packet"})->kinds()) {
      SCOPED_TRACE(kind);
      // At 8 kbit/s a frame takes a tenth of a second.
      auto fault = make_fault(
          {.fault = "packet", .parameters = {{"share", "0.5"}, {"rate", "8"}, {"delay", "30ms"}}});
      stage.inject(*fault, {.id = "packet#1", .kind = kind, .target = "n2"});
      EXPECT_TRUE(stage.await_verified(*fault)) << fault->verify(stage.arena).text;
      EXPECT_NE(fault->verify(stage.arena).text.find("on 8 links"), std::string::npos);
      EXPECT_FALSE(stage.network.in_force().at(2, 3).is_clear());
      EXPECT_FALSE(stage.network.in_force().at(3, 2).is_clear());
      EXPECT_TRUE(stage.network.in_force().at(1, 3).is_clear());
      EXPECT_TRUE(stage.network.in_force().at(0, 2).is_clear()) << "clients are not concerned";
      stage.heal(*fault);
      EXPECT_TRUE(stage.network.in_force().at(2, 3).is_clear());
      EXPECT_TRUE(stage.await_healed(*fault)) << fault->verify_healed(stage.arena).text;
    }
  });
}

TEST(Packet, WithoutFramesNothingIsClaimed) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    for (const Node& node : stage.lab.nodes()) stage.lab.signal(node, SIGSTOP);
    for (const Node& node : stage.lab.nodes())
      ASSERT_TRUE(stage.lab.await(node, Life::stopped, Clock::now() + std::chrono::seconds(5)));
    auto fault = make_fault({.fault = "packet", .parameters = {{"share", "1"}}});
    stage.inject(*fault, {.id = "packet#1", .kind = "loss", .target = "n1->n2"});
    EXPECT_FALSE(fault->verify(stage.arena).holds);
    stage.heal(*fault);
  });
}

TEST(LinkTargets, NameLinksByDirection) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    const auto hit = [&](const std::string& target) {
      auto fault = make_fault({.fault = "hold"});
      const std::string text = to_json(stage.inject(*fault, {.id = "hold#1", .target = target}));
      stage.heal(*fault);
      return text;
    };
    EXPECT_EQ(hit("n1->n2"), R"({"nodes":["n1"],"links":["n1->n2"]})");
    EXPECT_EQ(hit("n1<->n2"), R"({"nodes":["n1"],"links":["n1->n2","n2->n1"]})");
    EXPECT_EQ(hit("leader->others"),
              R"({"nodes":["n4"],"links":["n4->n1","n4->n2","n4->n3","n4->n5"]})");
    EXPECT_EQ(hit("clients->n3"), R"({"nodes":[],"links":["clients->n3"]})");
    EXPECT_EQ(hit("n1+n2->n3"), R"({"nodes":["n1","n2"],"links":["n1->n3","n2->n3"]})");
  });
}

TEST(Hold, KeepsEveryFrameAndLosesNone) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    auto hold = make_fault({.fault = "hold"});
    stage.inject(*hold, {.id = "hold#1", .target = "n1->n2"});
    ASSERT_TRUE(Stage::await([&] { return stage.network.held(1, 2) >= 5; }));
    const Evidence evidence = hold->verify(stage.arena);
    EXPECT_TRUE(evidence.holds);
    EXPECT_GE(number_before(evidence.text, " frames held"), 5);
    EXPECT_NE(evidence.text.find("on 1 links, 0 lost"), std::string::npos) << evidence.text;
    const LinkCount before = stage.network.count(1, 2);
    stage.heal(*hold);
    EXPECT_EQ(stage.network.held(1, 2), 0U);
    EXPECT_EQ(stage.network.count(1, 2).dropped, before.dropped) << "late is not lost";
    EXPECT_TRUE(stage.await_healed(*hold));
  });
}

TEST(Hold, DripsOneFrameAfterTheOtherWhenAsked) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    auto hold = make_fault({.fault = "hold", .parameters = {{"drip", "20ms"}}});
    stage.inject(*hold, {.id = "hold#1", .target = "n1->n2"});
    ASSERT_TRUE(Stage::await([&] { return stage.network.held(1, 2) >= 8; }));
    const Deadline began = Clock::now();
    stage.heal(*hold);
    EXPECT_GE(Clock::now() - began, milliseconds(7 * 20)) << "eight frames, 20 ms apart";
    EXPECT_EQ(stage.network.held(1, 2), 0U);
  });
}

TEST(Hold, IsHealedAsFarAsItGoesWhereAnotherFaultHoldsToo) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    auto one = make_fault({.fault = "hold"});
    auto other = make_fault({.fault = "hold"});
    stage.inject(*one, {.id = "hold#1", .target = "n1->n2"});
    stage.inject(*other, {.id = "hold#2", .target = "n1->n2"});
    ASSERT_TRUE(stage.await_verified(*one));
    stage.heal(*one);
    EXPECT_TRUE(stage.network.in_force().at(1, 2).hold);
    EXPECT_TRUE(one->verify_healed(stage.arena).holds) << one->verify_healed(stage.arena).text;
    stage.heal(*other);
    EXPECT_TRUE(stage.await_healed(*other));
  });
}

TEST(Partition, ThatFlapsOpensAndClosesAgainAndAgain) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    auto flapping = make_fault({.fault = "partition", .parameters = {{"flap", "20ms"}}});
    stage.inject(*flapping, {.id = "partition#1", .target = "n1"});
    const auto passed = [&] {
      const LinkCount count = stage.network.count(1, 2);
      return count.frames - count.dropped;
    };
    const std::uint64_t passed_before = passed();
    EXPECT_TRUE(Stage::await([&] {
      return number_before(flapping->verify(stage.arena).text, " frames dropped") > 20 &&
             passed() > passed_before + 20;
    })) << flapping->verify(stage.arena).text;
    EXPECT_TRUE(flapping->verify(stage.arena).holds);
    stage.heal(*flapping);
    EXPECT_FALSE(stage.network.in_force().at(1, 2).hole);
    EXPECT_TRUE(stage.await_healed(*flapping));
  });
}

TEST(Partition, MayCutOffTheClientsToo) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    auto cut = make_fault({.fault = "partition", .parameters = {{"clients", "true"}}});
    stage.inject(*cut, {.id = "partition#1", .target = "n1+n2"});
    const LinkMatrix links = stage.network.in_force();
    EXPECT_TRUE(links.at(0, 1).hole && links.at(1, 0).hole && links.at(0, 2).hole);
    EXPECT_FALSE(links.at(0, 3).hole || links.at(3, 0).hole || links.at(1, 2).hole);
    stage.heal(*cut);
  });
}

TEST(Pause, MayHoldTheLinksOfItsNodeToo) {
  CLEW_NEEDS_SANDBOX();
  on_stage([](Stage& stage) {
    auto pause = make_fault({.fault = "pause", .parameters = {{"links", "true"}}});
    stage.inject(*pause, {.id = "pause#1", .target = "n1"});
    EXPECT_TRUE(stage.await_verified(*pause));
    EXPECT_TRUE(Stage::await([&] { return stage.network.held(2, 1) > 0; }));
    stage.heal(*pause);
    EXPECT_EQ(stage.network.held(2, 1), 0U);
    EXPECT_TRUE(stage.await_healed(*pause));
  });
}

}  // namespace
}  // namespace clew
