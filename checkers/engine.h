#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "checkers/call.h"
#include "harness/clock.h"

namespace clew {

class Crew;

// What a search may use. Past it: unknown, never a guess.
struct Budget {
  Deadline deadline = Deadline::max();
  std::size_t memory_bytes = std::size_t{4} << 30;
  std::stop_token stop{};
  Crew* crew = nullptr;  // Who helps; null: nobody.
  // From so many configurations on, a step is shared out. In the same portions whoever
  // helps, so that what is found does not depend on it.
  std::size_t worth_sharing = 256;

  // Why to stop now; null: go on. Reads a clock: ask every few hundred steps.
  const char* over(std::size_t bytes_used) const {
    if (stop.stop_requested()) return "interrupted";
    if (bytes_used > memory_bytes) return "memory limit";
    if (deadline != Deadline::max() && Clock::now() >= deadline) return "time limit";
    return nullptr;
  }
};

enum class Answer : std::uint8_t {
  valid,           // `order` explains every call.
  invalid,         // No order does; `suspects` take part in why.
  unknown,         // The budget ran out: `cause`.
  not_applicable,  // This engine cannot judge this history.
};

// What an engine found out about one key. Nobody trusts it yet: an order is
// replayed through the model, a refusal is proved again by another engine.
struct Finding {
  Answer answer = Answer::not_applicable;
  std::vector<CallId> order{};     // valid: every call that took effect, in that order.
  std::vector<CallId> suspects{};  // invalid: a few calls that are likely to show it.
  Position dead = never;           // invalid: the events up to here already have no order.
  std::string cause{};             // unknown: "time limit", "memory limit", "interrupted".
  Position reached = 0;            // unknown: the events before this have an order.
  std::uint64_t configurations = 0;
};

}  // namespace clew
