#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/clock.h"

namespace clew {

// What was typed as an option's value, understood. All throw UsageError with the option.

// "30", "30s", "250ms" or "10m"; above 0.
Nanos need_duration(const std::string& option, const std::string& text);

// "400" or "0.5" a second, 0 or more.
double need_rate(const std::string& option, const std::string& text);

// "7"; 64 bits.
std::uint64_t need_seed(const std::string& option, const std::string& text);

// "5", "n1,n2,n3", or, unless `file` is empty, that file with a name a line: n1 to n50, in order.
std::vector<std::string> parse_nodes(const std::string& text, const std::string& file);

// "3n" of 5 nodes is 15.
int parse_concurrency(const std::string& text, int nodes);

// "2GiB", "500MB", "1000000".
std::size_t parse_size(const std::string& option, const std::string& text);

}  // namespace clew
