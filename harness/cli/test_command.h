#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/cli/arguments.h"

namespace clew {

struct FinishedRun {
  int exit_code = 0;
  std::filesystem::path folder{};
};

// The runs that `arguments.test` asks for, one after the other, until one is
// interrupted. Throws UsageError and EnvironmentError before the first one starts.
std::vector<FinishedRun> run_tests(const Arguments& arguments,
                                   const std::vector<std::string>& argv);

// Of several runs the worst one counts.
int worst_exit_code(const std::vector<FinishedRun>& runs);

}  // namespace clew
