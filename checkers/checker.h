#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>

#include "checkers/stream.h"
#include "checkers/verdict.h"
#include "harness/history.h"

namespace clew {

// Reached: unknown, with the cause. Never a guess.
struct Limits {
  Nanos time = std::chrono::seconds(600);
  std::size_t memory_bytes = std::size_t{4} << 30;
  unsigned threads = 0;  // 0: as many as there are cores.
  std::size_t counterexamples = 10;
  bool proofs = false;  // Fill Verdict::proofs.
};

// Decides whether a history makes sense. Pure: no clock but for the limit, no
// files, no network; the same history always gets the same verdict.
class Checker {
 public:
  virtual ~Checker() = default;
  // Returns Outcome::unknown, cause "interrupted", soon after `stop` is requested.
  virtual Verdict check(const History& history, const Limits& limits,
                        std::stop_token stop) const = 0;
  // Judges while the history is made; null if this checker cannot.
  virtual std::unique_ptr<Stream> stream() const { return nullptr; }
};

// Runs `checker`; a throw becomes unknown with the cause "internal error: ...". A
// UsageError passes: the history is none that the checker can read.
Verdict check_safely(const Checker& checker, const History& history, const Limits& limits,
                     std::stop_token stop);

}  // namespace clew
