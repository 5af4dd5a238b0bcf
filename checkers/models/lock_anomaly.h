#pragma once

#include <string>

#include "checkers/model.h"

namespace clew {

// Two who held the lock at once, among calls that have no order. `releases(a, b)`:
// what b asks for ends the hold that a began.
template <class Calls, class Releases>
std::optional<Anomaly> two_holders(const Calls& calls, const Releases& releases) {
  for (std::size_t second = 0; second < calls.size(); ++second) {
    for (std::size_t first = 0; first < calls.size(); ++first) {
      const auto &a = calls[first], &b = calls[second];
      if (!a.input.acquire || !b.input.acquire || !a.known() || !b.known()) continue;
      if (!a.output.granted || !b.output.granted || !a.before(b)) continue;
      bool released = false;
      for (const auto& c : calls)
        released |= !c.input.acquire && (!c.known() || c.output.granted) && c.inv < b.ret &&
                    c.ret > a.inv && releases(a.input, c.input);
      if (!released)
        return Anomaly{"two-holders", second, "Two holders", "was granted the lock",
                       ", though it had been granted before and not released since"};
    }
  }
  return std::nullopt;
}

}  // namespace clew
