#include "nemesis/events.h"

#include <gtest/gtest.h>

#include <thread>

#include "harness/error.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using Edge = Events::Edge;

FaultRecord waits_for(const std::string& id, const Trigger& on, const Trigger& until = {}) {
  return {.id = id, .fault = "kill", .target = "one", .on = on, .until = until};
}

Op ack(const std::string& f, const std::string& node, std::int64_t ms, Kind kind = Kind::ok) {
  return {.time = milliseconds(ms), .process = 1, .kind = kind, .f = f, .key = "k1", .node = node};
}

struct Told {
  explicit Told(std::vector<FaultRecord> schedule) : events(schedule, [] { return Nanos{0}; }) {}
  // What has come about by now.
  std::optional<Event> came(std::size_t index, Edge edge = Edge::on) {
    return events.await(index, edge, Nanos{0}, {});
  }
  void applied(const std::string& id, const std::vector<std::string>& nodes) {
    Value::List list;
    for (const std::string& node : nodes) list.emplace_back(node);
    events.applied({.id = id, .applied = milliseconds(1), .hit = Value::object({{"nodes", list}})});
  }
  Events events;
};

TEST(Events, TheNthAcknowledgedOperationOfAFunctionSetsAFaultOff) {
  Told told({waits_for("a", {.event = "ack", .match = "write", .count = 2})});
  told.events.told(ack("write", "n1", 1));
  told.events.told(ack("read", "n1", 2));
  told.events.told(ack("write", "n1", 3, Kind::info));
  told.events.told(ack("write", "n1", 4, Kind::fail));
  EXPECT_FALSE(told.came(0));
  told.events.told(ack("write", "n3", 5));
  told.events.told(ack("write", "n2", 6));
  const auto event = told.came(0);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time, milliseconds(5)) << "the second one, not the last";
  EXPECT_EQ(event->node, "n3");
  EXPECT_EQ(event->key, "k1");
  EXPECT_EQ(event->text, "write of k1 acknowledged by n3");
}

// How long an fsync is held up.
Nanos fsync_takes(Told& told, const std::string& path) {
  const Deadline begin = Clock::now();
  told.events.fsync("n2", path);
  return Clock::now() - begin;
}

TEST(Events, AnFsyncGoesOnOnceWhatItSetOffHasBeenDone) {
  Told told({waits_for("a", {.event = "fsync", .match = "wal$", .node = "n2", .count = 2})});
  EXPECT_TRUE(told.events.wants_fsyncs());
  EXPECT_LT(fsync_takes(told, "member/snap/db"), milliseconds(500));
  EXPECT_LT(fsync_takes(told, "member/0.wal"), milliseconds(500)) << "the first";
  EXPECT_FALSE(told.came(0));
  std::jthread conductor([&] {
    told.events.await(0, Edge::on, never, {});
    std::this_thread::sleep_for(milliseconds(50));
    told.events.settled(0, Edge::on);
  });
  EXPECT_GE(fsync_takes(told, "member/0.wal"), milliseconds(50));
  conductor.join();
  EXPECT_EQ(told.came(0)->text, "fsync of member/0.wal at n2");
  EXPECT_LT(fsync_takes(told, "member/0.wal"), milliseconds(500)) << "it fired once";
}

TEST(Events, AnFsyncDoesNotWaitForWhatComesLater) {
  Told told({waits_for("a", {.event = "fsync", .match = "wal", .delay = std::chrono::seconds(3)})});
  EXPECT_LT(fsync_takes(told, "0.wal"), milliseconds(500));
  EXPECT_TRUE(told.came(0));
}

TEST(Events, OnlyWhatComesAfterAnotherFaultWasAppliedCounts) {
  Told told(
      {waits_for("cut", {}), waits_for("b", {.event = "ack", .match = "any", .after = "cut"})});
  told.events.told(ack("write", "n1", 1));
  EXPECT_FALSE(told.came(1));
  told.applied("cut", {"n1"});
  EXPECT_FALSE(told.came(1));
  told.events.told(ack("read", "n1", 2));
  EXPECT_TRUE(told.came(1));
}

TEST(Events, ANodeMayBeOneThatAnotherFaultHitOrDidNot) {
  Told told({waits_for("cut", {}),
             waits_for("in", {.event = "ack", .match = "any", .node = "hit:cut"}),
             waits_for("out", {.event = "ack", .match = "any", .node = "not-hit:cut"}),
             waits_for("n5", {.event = "ack", .match = "any", .node = "n5"})});
  told.events.told(ack("write", "n1", 1));
  EXPECT_FALSE(told.came(1)) << "before it was applied it has hit nobody";
  EXPECT_FALSE(told.came(2));
  told.applied("cut", {"n1", "n2"});
  told.events.told(ack("write", "n2", 2));
  EXPECT_TRUE(told.came(1));
  EXPECT_FALSE(told.came(2));
  told.events.told(ack("write", "n4", 3));
  EXPECT_TRUE(told.came(2));
  EXPECT_FALSE(told.came(3));
}

TEST(Events, WhatEndsAFaultCountsFromWhenItWasApplied) {
  Told told({waits_for("a", {}, {.event = "leader", .match = "any"})});
  told.events.leader({.node = "n1", .term = 2});
  EXPECT_FALSE(told.came(0, Edge::until));
  told.applied("a", {"n1"});
  told.events.leader({.node = "n2", .term = 3});
  const auto event = told.came(0, Edge::until);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->text, "n2 leads in term 3");
  EXPECT_EQ(told.events.leader_now(), "n2");
}

TEST(Events, ALogLineIsMatchedByARegularExpression) {
  Told told({waits_for("a", {.event = "log", .match = "became leader at term [0-9]+$"})});
  EXPECT_TRUE(told.events.wants_logs());
  told.events.log_line("n1", "n1 became leader at term x");
  EXPECT_FALSE(told.came(0));
  told.events.log_line("n2", "raft: n2 became leader at term 12");
  EXPECT_EQ(told.came(0)->node, "n2");
}

TEST(Events, ABadRegularExpressionIsToldBeforeAnythingStarts) {
  EXPECT_THROW(Told({waits_for("a", {.event = "log", .match = "("})}), UsageError);
}

TEST(Events, AnotherFaultsHealingIsAnEvent) {
  Told told({waits_for("a", {}), waits_for("b", {.event = "healed", .match = "a"})});
  told.events.healed({.id = "c"});
  EXPECT_FALSE(told.came(1));
  told.events.healed({.id = "a"});
  EXPECT_TRUE(told.came(1));
}

TEST(Events, WaitingEndsWithTheEventOrAStop) {
  Told told({waits_for("a", {.event = "ack", .match = "any"}),
             waits_for("b", {.event = "ack", .match = "never"})});
  std::optional<Event> first, second;
  std::jthread waiting([&] { first = told.events.await(0, Edge::on, never, {}); });
  std::jthread stopped(
      [&](const std::stop_token& stop) { second = told.events.await(1, Edge::on, never, stop); });
  told.events.told(ack("read", "n1", 7));
  waiting.join();
  EXPECT_TRUE(first);
  stopped.request_stop();
  stopped.join();
  EXPECT_FALSE(second);
}

}  // namespace
}  // namespace clew
