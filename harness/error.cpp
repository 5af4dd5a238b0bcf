#include "harness/error.h"

#include <cerrno>
#include <cstring>

namespace clew {

std::string errno_text(const std::string& call, int error_number) {
  const char* name = strerrorname_np(error_number);
  const char* text = strerrordesc_np(error_number);
  return call + ": " + (name != nullptr ? name : std::to_string(error_number)) + " (" +
         (text != nullptr ? text : "unknown error") + ")";
}

}  // namespace clew
