#pragma once

#include <algorithm>
#include <vector>

#include "checkers/call.h"
#include "harness/huge_pages.h"

namespace clew {

// Whether `order` is a linearization of `calls`: every known call once, every
// unknown one at most once, nothing before a call that returned before it
// began, and the plain model gives every answer that was seen. This is the
// judge of every `valid`, so it knows nothing of how the order was found.
template <Model M>
bool explains(const std::vector<Call<M>>& calls, const std::vector<CallId>& order) {
  std::vector<std::uint8_t> taken;
  assign_on_huge_pages(taken, calls.size(), std::uint8_t{0});
  auto state = M::initial();
  Position latest = -1;
  for (const CallId id : order) {
    if (id >= calls.size() || taken[id]) return false;
    taken[id] = 1;
    const Call<M>& call = calls[id];
    latest = std::max(latest, call.inv);
    if (call.ret < latest) return false;
    const auto output = M::apply(state, call.input);
    if (call.known() && !same_answer<M>(output, call.output)) return false;
  }
  for (CallId id = 0; id < calls.size(); ++id)
    if (calls[id].known() && !taken[id]) return false;
  return true;
}

}  // namespace clew
