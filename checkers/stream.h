#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "checkers/verdict.h"
#include "harness/op.h"

namespace clew {

// Judges a history while it is made, in memory that does not grow with it. What it
// says of a violation is certain but tells no more than where; the whole verdict is
// made from the recorded history.
class Stream {
 public:
  virtual ~Stream() = default;
  // Events in the order of the recorder: an invocation never comes later than what
  // was recorded before it. Nemesis events are ignored. Throws UsageError on a
  // function that the model does not have.
  virtual void feed(const Op& op) = 0;
  // No more will come: calls that are open have an unknown outcome.
  virtual void finish() = 0;

  // valid: all that has its place by now has an order. invalid: some key has none.
  // unknown: the stream cannot tell of some key.
  virtual Outcome outcome() const = 0;
  struct Violation {
    std::string key{};
    Nanos at{};  // The return of the first call that had no place.
  };
  // The first that was found.
  virtual const std::optional<Violation>& violation() const = 0;
  virtual std::uint64_t judged() const = 0;  // Calls that have their place.
  virtual std::size_t bytes() const = 0;     // About how much memory is in use.
};

}  // namespace clew
