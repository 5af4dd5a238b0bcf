#pragma once

#include <string>
#include <string_view>

#include "reports/results.h"

namespace clew {

// A command of GitHub's log, "::error title=T::message" and a line break. Whatever is in
// the texts stays in them: it can neither end the command nor begin another.
std::string github_command(std::string_view kind, std::string_view title, std::string_view message);

// The one annotation that a run deserves: an error for a violation, an error of the run or a
// gate that did not hold, a warning where nothing was decided; empty for a pass.
std::string github_annotation(const Results& results);

}  // namespace clew
