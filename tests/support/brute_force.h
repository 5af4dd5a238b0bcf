#pragma once

#include "harness/history.h"

namespace clew::testing {

// Whether some order of all calls explains a cas-register's history, found by
// trying them all. Shares nothing with the checkers but the history: it is what
// they are measured against. For small histories: at most 30 calls a key.
//
// `refusals_count`: a cas that failed with compare_failed is an observation.
bool has_order(const History& history, bool refusals_count = true);

}  // namespace clew::testing
