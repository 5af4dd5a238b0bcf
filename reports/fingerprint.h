#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/results.h"

namespace clew {

// What a failing run has in common with others that fail in the same way, whatever their keys,
// values, times and seeds:
//
//   system:workload:model:class:faults      etcd:register:cas-register:stale-read:partition
//
// `class` is the anomaly's; of an unnamed one also the functions of its calls; unknown-time-limit
// and gate-recovery where nothing was violated; "unclassified" where keys fail beyond those
// with a counterexample. `faults` were in force in its window, or had been healed last before it;
// "quiet" if none was. Everything that is wrong with the run has one; sorted, none for a pass.
std::vector<std::string> fingerprints(const Results& results);

// All but the last part: a bug may show again before the fault begins, or after its end.
std::string without_faults(const std::string& fingerprint);

// Whether `pattern` fits all of it; '*' stands for anything, also nothing.
bool fits(std::string_view pattern, std::string_view fingerprint);

}  // namespace clew
