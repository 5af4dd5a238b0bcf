#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/op.h"

namespace clew::testing {

// A judge that shares no line with the product: it takes a recorded history of
// one register as events, and tries every order of the calls. For small histories only.
//
// `refusals_count`: a cas that failed with compare-failed has seen another value.
bool brute_force_says_valid(const std::vector<Op>& events);

}  // namespace clew::testing
