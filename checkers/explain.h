#pragma once

#include <string>
#include <vector>

#include "checkers/budget.h"
#include "checkers/register_rules.h"
#include "checkers/verdict.h"
#include "harness/history.h"

namespace clew {

// Tells a failure: from the smallest failing set of a key's calls to a drawing,
// a sentence and an argument. `calls` are the small set.
Counterexample explain(const History& history, const std::string& key,
                       const std::vector<Call<CasRegister>>& calls, const Interner& interner,
                       bool minimal, std::size_t calls_in_key, Budget& budget);

}  // namespace clew
