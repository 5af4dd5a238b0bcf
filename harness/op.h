#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/clock.h"
#include "harness/value.h"

namespace clew {

// What happened to an operation, as far as its caller can know.
//
//   invoke   the request is about to leave the client.
//   ok       it took effect, and we know the answer.
//   fail     it certainly did NOT take effect, and never will.
//   info     we cannot tell: it may take effect now, much later, or never.
//
// When in doubt, say `info`. A wrong `info` makes the checker slower; a wrong
// `fail` makes it accuse a correct system.
enum class Kind : std::uint8_t { invoke, ok, fail, info };

std::string_view to_string(Kind kind);

// `process` of events that no client made.
inline constexpr std::int64_t nemesis_process = -1;

// One line of a history.
struct Op {
  std::int64_t index = -1;  // Position in the recorded file; -1 before it is recorded.
  Nanos time{};             // Since the start of the run.
  std::int64_t process = 0;
  Kind kind = Kind::invoke;
  std::string f{};      // The verb: "read", "write", "cas", "partition" ...
  std::string key{};    // Empty where the workload has no independent keys.
  Value value{};        // Its argument on invoke, its answer on ok. cas: [old, new].
  std::string node{};   // Where the client was connected.
  std::string error{};  // Why, on fail and info.
};

// The `error` of a cas that the system evaluated and refused. It is a definite
// answer ("the register did not hold `old`"), which checkers may use.
inline constexpr std::string_view compare_failed = "compare-failed";

}  // namespace clew
