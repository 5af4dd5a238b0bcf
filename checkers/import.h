#pragma once

#include <cstdint>
#include <string>

#include "harness/history.h"

namespace clew {

// What `:fail` of a cas says in a foreign history. Jepsen's own convention:
// absent (it did not happen, and nothing was learnt). In the published etcd logs:
// observed (the compare ran and saw another value).
enum class FailMeans : std::uint8_t { absent, observed };

// Reads a history, whatever it is written in: clew's JSONL, or a Jepsen console
// log ("INFO  jepsen.util - 0 :invoke :read nil"). Pure: text in, history out. A
// last line of JSONL without its newline is left out. Throws UsageError with the
// line.
History load_history(const std::string& text, FailMeans fail_means);

}  // namespace clew
