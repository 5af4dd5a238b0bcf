#pragma once

#include <cstddef>
#include <string>

#include "harness/clock.h"

namespace clew {

// What was typed as an option's value, understood. All throw UsageError with the option.

// "30", "30s", "250ms" or "10m"; above 0.
Nanos need_duration(const std::string& option, const std::string& text);

// "3n" of 5 nodes is 15.
int parse_concurrency(const std::string& text, int nodes);

// "2GiB", "500MB", "1000000".
std::size_t parse_size(const std::string& option, const std::string& text);

}  // namespace clew
