#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/clock.h"

namespace clew {

// Programs that run beside clew, outside of any sandbox, and are told what came out.

// Runs one to its end: `input` is its standard input, what it prints goes to stderr, `more` comes
// on top of our environment. At the deadline it is killed; what it left in its process group is
// killed when it ends, or when clew is. Returns what went wrong, empty if nothing did; never throws
// for its failing.
std::string run_beside(const std::vector<std::string>& argv, const std::vector<std::string>& more,
                       const std::filesystem::path& input, Nanos limit);

// What --on-finish is told: CLEW_RUN, CLEW_VERDICT, CLEW_EXIT and CLEW_REPORT, and on its
// standard input the results.
struct Finish {
  std::filesystem::path run{};      // Folder.
  std::string verdict{};            // valid, invalid, unknown, interrupted or error
  int exit_code = 0;                // Of the run.
  std::filesystem::path report{};   // Empty: there is none.
  std::filesystem::path results{};  // Empty: there are none.
};

// Of a run's folder, which may lack everything.
Finish finish_of(const std::filesystem::path& run, int exit_code);

// Runs `command` through /bin/sh. Its failing is a warning on stderr.
void run_on_finish(const std::string& command, const Finish& finish, Nanos limit);

}  // namespace clew
