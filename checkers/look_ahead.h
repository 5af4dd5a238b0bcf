#pragma once

#include <vector>

#include "checkers/call.h"

namespace clew {

// What the future tells about one write or cas of a register. Positions.
struct Ahead {
  // Somebody who is invoked as late as this saw its value and can have it from
  // nobody else: it must be held then.
  Position must = -1;
  // Later than this nobody can make use of its value. never: no telling.
  Position last = never;
};

// By call; `calls` sorted by invocation, positions without gaps. A call may be the source of an
// observation if it was invoked before that returned and no other write lies wholly between the
// two.
std::vector<Ahead> look_ahead(const std::vector<RegisterCall>& calls);

}  // namespace clew
