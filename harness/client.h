#pragma once

#include <string>
#include <utility>

#include "harness/clock.h"
#include "harness/op.h"

namespace clew {

// What a client learned about one operation. See Kind for the three answers.
struct Completion {
  Kind kind = Kind::info;
  Value value{};
  std::string error{};

  static Completion ok(Value value) { return {.kind = Kind::ok, .value = std::move(value)}; }
  static Completion fail(std::string why) { return {.kind = Kind::fail, .error = std::move(why)}; }
  static Completion info(std::string why) { return {.kind = Kind::info, .error = std::move(why)}; }
};

// One connection to one node, used by one thread.
class Client {
 public:
  virtual ~Client() = default;

  // Performs `op` with at most one request on the wire: a client never retries
  // a mutation. Must return by `deadline`, connecting included. Throwing means
  // info. Never called again after it answered info.
  virtual Completion invoke(const Op& op, Deadline deadline) = 0;
};

}  // namespace clew
