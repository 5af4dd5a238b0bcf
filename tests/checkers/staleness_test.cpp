#include "checkers/staleness.h"

#include <gtest/gtest.h>

namespace clew {
namespace {

TimedCall at(std::int64_t from, std::int64_t to, RegisterAct act, std::string_view node = "n1") {
  return {act, Nanos(from), to < 0 ? Nanos::max() : Nanos(to), node};
}
RegisterAct write(Atom to) { return {Act::write, nil_atom, to}; }
RegisterAct read(Atom from) { return {Act::read, from, nil_atom}; }

Staleness count(const std::vector<TimedCall>& calls) {
  StalenessCount counting;
  counting.add(calls);
  return counting.take();
}

TEST(Staleness, IsCountedFromTheReturnOfTheWriteThatCameAfter) {
  const Staleness said =
      count({at(0, 10, write(1)), at(20, 30, write(2)), at(100, 110, read(1), "n3")});
  EXPECT_EQ(said.all.reads, 1U);
  EXPECT_EQ(said.all.stale, 1U);
  EXPECT_EQ(said.all.worst, Nanos(70));
  ASSERT_EQ(said.nodes.size(), 1U);
  EXPECT_EQ(said.nodes[0].node, "n3");
}

TEST(Staleness, IsCertainOnly) {
  // The writes overlap, the second write overlaps the read, the second never came back.
  EXPECT_EQ(count({at(0, 30, write(1)), at(20, 40, write(2)), at(100, 110, read(1))}).all.stale,
            0U);
  EXPECT_EQ(count({at(0, 10, write(1)), at(20, 105, write(2)), at(100, 110, read(1))}).all.stale,
            0U);
  EXPECT_EQ(count({at(0, 10, write(1)), at(20, -1, write(2)), at(100, 110, read(1))}).all.stale,
            0U);
  // Equal times count as concurrent.
  EXPECT_EQ(count({at(0, 20, write(1)), at(20, 40, write(2)), at(100, 110, read(1))}).all.stale,
            0U);
  EXPECT_EQ(count({at(0, 10, write(1)), at(20, 100, write(2)), at(100, 110, read(1))}).all.stale,
            0U);
}

TEST(Staleness, AnUnknownWriteCountsFromWhenItWasSeen) {
  const Staleness said = count(
      {at(0, 10, write(1)), at(20, -1, write(2)), at(30, 40, read(2)), at(100, 110, read(1))});
  EXPECT_EQ(said.all.stale, 1U);
  EXPECT_EQ(said.all.worst, Nanos(60));
}

TEST(Staleness, TheInitialNilIsOverwrittenByTheFirstWrite) {
  EXPECT_EQ(count({at(0, 10, write(1)), at(100, 110, read(nil_atom))}).all.worst, Nanos(90));
}

TEST(Staleness, AValueThatWasWrittenAgainIsFreshAsLongAsAnyOfItsWritesMayBe) {
  EXPECT_EQ(count({at(0, 10, write(1)), at(20, 30, write(2)), at(40, 50, write(1)),
                   at(100, 110, read(1))})
                .all.stale,
            0U);
  EXPECT_EQ(count({at(0, 10, write(1)), at(20, 30, write(2)), at(40, 50, write(1)),
                   at(60, 70, write(3)), at(100, 110, read(1))})
                .all.worst,
            Nanos(30));
}

TEST(Staleness, WhatNobodyWroteIsNoStaleRead) {
  const Staleness said = count({at(0, 10, write(1)), at(100, 110, read(7))});
  EXPECT_EQ(said.all.reads, 1U);
  EXPECT_EQ(said.all.stale, 0U);
}

TEST(Staleness, AddsUpOverKeysAndPutsTheWorstNodeFirst) {
  StalenessCount counting;
  const auto key = [&](std::string_view node, std::int64_t late) {
    counting.add({at(0, 10, write(1)), at(20, 30, write(2)), at(30 + late, 500, read(1), node),
                  at(30, 500, read(2), "n9")});
  };
  key("n1", 5);
  key("n2", 10);
  key("n2", 100);
  const Staleness said = counting.take();
  EXPECT_EQ(said.all.reads, 6U);
  EXPECT_EQ(said.all.stale, 3U);
  EXPECT_EQ(said.all.median, Nanos(10));
  EXPECT_EQ(said.all.worst, Nanos(100));
  ASSERT_EQ(said.nodes.size(), 2U);
  EXPECT_EQ(said.nodes[0].node, "n2");
  EXPECT_EQ(said.nodes[0].stale, 2U);
  EXPECT_EQ(said.nodes[1].reads, 1U);
}

}  // namespace
}  // namespace clew
