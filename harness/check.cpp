#include "harness/check.h"

#include <cstdio>
#include <cstdlib>

namespace clew {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "clew: internal error: %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace clew
