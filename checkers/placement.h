#pragma once

#include <vector>

#include "checkers/call.h"

namespace clew {

// Completes an order of a register's calls. `order` holds the writes and cas that
// were seen, and whatever else is settled; every known call that is missing gets
// the earliest place where the register gives its answer and real time allows it:
// a read where its value is held, a refused cas where it is not, a write right
// before another write or where the register holds its value already.
// False if one has no place; `order` is then unchanged.
bool place_the_rest(const std::vector<RegisterCall>& calls, std::vector<CallId>& order);

}  // namespace clew
