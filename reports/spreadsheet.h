#pragma once

#include <string>

#include "harness/history.h"

namespace clew {

// The clients' operations as CSV (RFC 4180: commas, quotes doubled, lines end in CR LF), one
// a line in order of invocation, under a line of names. Times are nanoseconds since the
// start of the run; `ended_ns` and `took_ns` are empty if it never came back. Values are JSON.
std::string operations_csv(const History& history);

}  // namespace clew
