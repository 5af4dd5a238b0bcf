#pragma once

#include <string>
#include <string_view>

#include "harness/options.h"

namespace clew {

// What several faults read from their parameters in the same way. Errors are UsageErrors.

Nanos duration_or_zero(const Options& given, std::string_view name);  // Zero: not given.
// As duration_or_zero(), but what is given must not be shorter than `shortest`.
Nanos duration_of_at_least(const Options& given, std::string_view name, Nanos shortest);
double share_of(const Options& given);  // "share": above 0, at most 1.

std::string decimal(double number);  // "0.125", as draws write it.

}  // namespace clew
