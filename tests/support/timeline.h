#pragma once

#include <string_view>

#include "harness/history.h"

namespace clew::testing {

// A drawing IS the history: one line a process, time runs to the right.
//   p0  |-write 1-|
//   p1                |-read 0-|     |-cas 1->2-|   |-cas 1->2 refused-|
// Dots instead of the closing bar: the call never came back. `nil` is nil.
History draw(std::string_view picture);

}  // namespace clew::testing
