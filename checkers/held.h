#pragma once

#include <vector>

#include "checkers/call.h"

namespace clew {

// When a register had what one call saw (or, of a refused swap, had something else), as far as
// all other calls allow it: what went wrong is told by that.
struct Held {
  bool known = false;      // False: the others have no order either, or too many to try.
  bool too_early = false;  // In some order only before a call that returned before it began.
  bool too_late = false;   // In some order only after a call that began after it returned.
  bool in_time = false;    // There it would fit, but its own effect spoils the rest.
  bool ever() const { return too_early || too_late || in_time; }
};

// Tries all orders of `core` without the call `seer`, which must be a known observation.
Held when_held(const std::vector<RegisterCall>& core, std::size_t seer);

}  // namespace clew
