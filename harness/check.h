#pragma once

namespace clew {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace clew

// A bug in clew, not in its input: stays on in release builds. Never assert on
// what a server, a file or a user said.
#define CLEW_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::clew::check_failed(#condition, __FILE__, __LINE__))
