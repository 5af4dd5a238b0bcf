#pragma once

#include "harness/history.h"
#include "harness/rng.h"

namespace clew::testing {

// What kind of small cas-register history to make up.
struct Shape {
  std::size_t calls = 8;
  bool unique = false;  // Every written value differs; else they are drawn from `values`.
  std::int64_t values = 3;
  bool cas = true;
  bool refusals = true;   // Some cas are refused.
  double unknown = 0.15;  // Outcome info, or no completion at all.
  double failed = 0.05;   // Certainly never happened.
  double nil_writes = 0.02;
  bool ties = true;    // Some equal times and calls of no length.
  bool lies = true;    // After it is made valid, some answers change.
  bool chaos = false;  // Answers are drawn at random from the start.
  std::size_t keys = 1;
  // Half of the calls are unknown from the start, of few kinds, and the others come one by one:
  // then configurations differ only in which unknown calls they have spent.
  bool hoard = false;
};

// Draws a shape at random, so that a fuzz run covers them all.
Shape random_shape(Rng& rng);

// A history of that shape. Without lies and chaos it has an order by construction.
std::vector<Op> random_history(Rng& rng, const Shape& shape);

// A long valid history with `clients` busy clients, for benchmarks and large tests.
struct Load {
  std::size_t calls = 100'000;
  std::size_t clients = 10;
  std::int64_t values = 0;  // 0: every write has its own value.
  double unknown = 0;
  double reads = 0.5;
  double cas = 0;         // Of the rest; a cas guesses the current value three times of four.
  bool refusals = false;  // A cas that guessed wrong is recorded as refused; else as failed.
  std::size_t keys = 1;
};
std::vector<Op> long_history(Rng& rng, const Load& load);

}  // namespace clew::testing
