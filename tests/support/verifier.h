#pragma once

#include <string>

namespace clew::testing {

// What clew-verify says of these two files: its exit code and its line.
struct Verified {
  int code = 0;
  std::string line{};
};
Verified verified(const std::string& history, const std::string& certificate);

}  // namespace clew::testing
