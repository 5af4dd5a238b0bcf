#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/model.h"
#include "checkers/verdict.h"

namespace clew {

// What an engine found out about the calls of one key.
struct Answer {
  enum class Kind : std::uint8_t { valid, invalid, unknown, not_applicable };
  Kind kind = Kind::unknown;
  // valid: an order of the calls that explains everything; unknown calls may be missing.
  std::vector<std::size_t> order{};
  // invalid: the part of the calls that is known to be enough. Empty: all of them.
  std::vector<std::size_t> core{};
  std::size_t stuck =
      static_cast<std::size_t>(-1);  // The call that fits nowhere, where one is known.
  std::uint64_t configurations = 0;
};

// Whether `order` is a linearization: every known call once, unknown ones at most
// once, no call before one that had returned when it was invoked, and each known
// answer as the model gives it. Written to be read, not to be fast: it is what
// every `valid` rests on (Herlihy & Wing 1990, definition of linearizability).
template <Model M>
bool is_linearization(const std::vector<Call<M>>& calls, const std::vector<std::size_t>& order) {
  std::vector<bool> placed(calls.size());
  typename M::State state = M::initial();
  Nanos latest_invocation = Nanos::min();
  for (const std::size_t i : order) {
    if (i >= calls.size() || placed[i]) return false;
    placed[i] = true;
    const Call<M>& call = calls[i];
    // Something placed before was invoked only after this call had returned.
    if (call.returned < latest_invocation) return false;
    latest_invocation = std::max(latest_invocation, call.invoked);
    const auto output = M::apply(state, call.input);
    if (call.known() && !(output == *call.output)) return false;
  }
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (calls[i].known() && !placed[i]) return false;
  return true;
}

}  // namespace clew
