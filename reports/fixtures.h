#pragma once

#include <string>
#include <vector>

#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// The calls of each counterexample, in the order of counterexamples(results), as a history of
// their own: clew's JSONL, which `clew check` finds invalid again and a test can keep. Empty for
// one of more than 200 calls.
std::vector<std::string> fixtures(const History& history, const Results& results);

}  // namespace clew
