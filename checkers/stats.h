#pragma once

#include <memory>

#include "checkers/checker.h"

namespace clew {

// Guards against runs in which nothing was tested: unknown, with a cause that
// begins with "vacuous", where there is no operation at all, or a function (cas
// apart) that was called and never once succeeded.
std::unique_ptr<Checker> stats();

}  // namespace clew
