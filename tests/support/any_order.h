#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/rng.h"
#include "harness/value.h"

namespace clew::testing {

// A call on anything, as its client saw it.
struct Attempt {
  std::string f{};
  Value asked{};
  std::int64_t process = 0;
  bool certain = true;  // Else nobody knows whether it took effect, and `answer` means nothing.
  Value answer{};       // In the terms of its Program.
  std::int64_t from = 0, to = 0;
};

// What a call may do: one of several where the system may choose.
struct Outcome {
  Value answer{};
  Value next{};
};

// The answer of a call that was evaluated and refused, in every Program.
inline constexpr const char* refused = "refused";

// A sequential program, written plainly and once more: what models are measured
// against. Shares nothing with them.
class Program {
 public:
  virtual ~Program() = default;

  virtual Value start() const = 0;
  // All that may happen, at least one; a call that is impossible here: none.
  virtual std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const = 0;
  // The answer `given` is the one that was seen, as far as that tells.
  virtual bool tells(const Value& given, const Value& seen) const { return given == seen; }
};

// Whether some order of the calls explains what was seen, found by trying them
// all. At most 20 calls.
bool any_order(const std::vector<Attempt>& calls, const Program& program);

}  // namespace clew::testing
