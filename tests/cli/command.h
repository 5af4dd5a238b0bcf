#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/process.h"

namespace clew::testing {

// The built program, as a user calls it.
inline CommandResult clew(std::vector<std::string> words, const std::filesystem::path& cwd = {}) {
  words.insert(words.begin(), CLEW_BINARY);
  return run_command(words, Clock::now() + std::chrono::seconds(120), cwd);
}

}  // namespace clew::testing
