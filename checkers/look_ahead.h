#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "checkers/call.h"

namespace clew {

// A point in time: a position, or whatever else the caller counts in. Later is larger.
using Moment = std::int64_t;
inline constexpr Moment no_end = std::numeric_limits<Moment>::max();

// What the future tells about one write or cas of a register.
struct Ahead {
  // Somebody who is invoked as late as this saw its value and can have it from
  // nobody else: it must be held then.
  Moment must = -1;
  // Later than this nobody can make use of its value. no_end: no telling.
  Moment last = no_end;
};

// A part of a history.
struct Window {
  Position begin = -1;   // Other calls may have returned before this.
  Position end = never;  // Other calls may have been invoked, or returned, from here on.
  // By value: a call of unknown outcome that is not in the window may still write
  // it, or swap it away. null: there is none.
  const std::vector<std::uint8_t>* written = nullptr;
  const std::vector<std::uint8_t>* swapped = nullptr;
};

// By call, in positions; `calls` sorted by invocation, positions without gaps. A call
// may be the source of an observation if it was invoked before that returned and no
// other write lies wholly between the two. In a window only what is certain is told.
std::vector<Ahead> look_ahead(const std::vector<RegisterCall>& calls, const Window& window = {});

}  // namespace clew
