#pragma once

#include <string>
#include <vector>

#include "checkers/import.h"

namespace clew {

struct Exported {
  std::string text{};
  std::vector<std::string> lost{};  // What the format cannot hold: one sentence each.
};

// Writes events in a format, in the order given. Throws UsageError where the
// format cannot hold an event at all, or is one that is only read.
Exported export_history(const std::vector<Op>& ops, Format format);

}  // namespace clew
