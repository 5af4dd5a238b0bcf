#pragma once

#include <stdexcept>
#include <string>

namespace clew {

// The harness could not do its own job. Never used for what the system under
// test answered: that is data, and lives in the history. Exit code 255.
struct HarnessError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The user gave us something we cannot use: a flag, a file, a value. The text
// says what, where, and how to mend it, in one line. Exit code 254.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The surroundings failed us: the cluster did not start, the disk is full, a
// kernel feature is missing. Exit code 4.
struct EnvironmentError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "open(/dev/net/tun): EACCES (Permission denied)"; the call as it was typed.
std::string errno_text(const std::string& call, int error_number);

}  // namespace clew
