#include "checkers/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <stdexcept>
#include <string>

namespace clew {
namespace {

TEST(Crew, DoesEachPieceOnceAndReturnsWhenAllAreDone) {
  for (const unsigned threads : {1U, 2U, 8U}) {
    Crew crew(threads);
    for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
      std::vector<std::atomic<int>> done(count);
      crew.share(count, [&](std::size_t i) { ++done[i]; });
      for (const auto& times : done) EXPECT_EQ(times, 1);
    }
  }
}

TEST(Crew, WhoHasNothingToDoHelpsInsideOfAnothersPiece) {
  Crew crew(2);
  // Two pieces of the inner work meet, which takes two threads: the one that has the
  // only long piece of the outer work, and one that is done with a short one.
  std::barrier meet(2);
  std::atomic<int> met = 0;
  crew.share(2, [&](std::size_t outer) {
    if (outer == 1) return;
    crew.share(2, [&](std::size_t) {
      meet.arrive_and_wait();
      ++met;
    });
  });
  EXPECT_EQ(met, 2);
}

TEST(Crew, PiecesInsidePiecesAreAllDone) {
  Crew crew(4);
  std::atomic<int> sum = 0;
  for (int round = 0; round < 200; ++round)
    crew.share(8, [&](std::size_t outer) {
      crew.share(outer, [&](std::size_t) { crew.share(3, [&](std::size_t) { ++sum; }); });
    });
  EXPECT_EQ(sum, 200 * 28 * 3);
}

TEST(Crew, OfSeveralThrowsTheFirstPieceIsHeard) {
  for (const unsigned threads : {1U, 4U}) {
    Crew crew(threads);
    std::string said;
    try {
      crew.share(100, [](std::size_t i) {
        if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
      });
    } catch (const std::runtime_error& error) { said = error.what(); }
    EXPECT_EQ(said, "7") << threads << " threads";
    std::atomic<int> after = 0;
    crew.share(10, [&](std::size_t) { ++after; });
    EXPECT_EQ(after, 10) << "it still works";
  }
}

}  // namespace
}  // namespace clew
