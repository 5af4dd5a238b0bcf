#pragma once

#include <string>
#include <vector>

#include "reports/results.h"

namespace clew {

// What a run says of itself while it goes on: live.json, "schema":"clew.live/1".
struct Live {
  struct Second {
    Tally ops{};
    Nanos p50{}, p99{};  // Of ok operations; 0: there was none.
  };
  std::string phase{};  // "load", "judging"
  Nanos elapsed{}, limit{};
  Tally ops{};
  std::string faults{}, leader{}, judged{};
  bool violation = false;         // The judge found one.
  std::vector<Second> seconds{};  // The last `most_seconds` whole ones.
  static constexpr std::size_t most_seconds = 300;
};

std::string live_to_json(const Live& live);
// Throws UsageError with what is wrong.
Live live_from_json(const std::string& text);

}  // namespace clew
