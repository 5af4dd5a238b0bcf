#pragma once

#include <string>
#include <vector>

#include "reports/results.h"

namespace clew {

// What is to be said beside an invalid verdict on registers, one sentence each:
// what still holds and what shows that the rest does not, how stale reads were,
// and which answers the verdict rests on. Safe to show; empty where there is
// nothing to say.
std::vector<std::string> remarks(const Results& results);

}  // namespace clew
