#pragma once

#include <string>

#include "checkers/fail_means.h"
#include "harness/history.h"

namespace clew {

// Reads a history, whatever it is written in: clew's JSONL, or a Jepsen console
// log ("INFO  jepsen.util - 0 :invoke :read nil"). Pure: text in, history out. A
// last line of JSONL without its newline is left out. Throws UsageError with the
// line. `fail_means` is for logs, whose `:fail :cas` may say either; where it is
// absent, refusals in JSONL are no observations either.
History load_history(const std::string& text, FailMeans fail_means);

}  // namespace clew
