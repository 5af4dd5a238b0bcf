#pragma once

#include <string>
#include <vector>

#include "harness/cli/arguments.h"

namespace clew {

// Writes to the file `output`, whole or not at all; "-" is standard output. Throws
// EnvironmentError.
void write_output(const std::string& output, const std::string& text);

// One line on stderr, if anything was lost on the way from `input`.
void tell_lost(const std::string& input, const std::vector<std::string>& lost, const Voice& voice);

// Of a file that ends inside its last event.
inline constexpr const char* lost_by_cut = "the last event, which the file ends inside of";

}  // namespace clew
