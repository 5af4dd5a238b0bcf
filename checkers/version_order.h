#pragma once

#include <optional>
#include <vector>

#include "checkers/engine.h"

namespace clew {

// A call on a register that counts its writes.
struct VersionCall : Interval {
  Act act = Act::read;
  std::int64_t version = -1;    // After a write or cas, or that a read saw; -1: nobody knows.
  std::optional<Atom> value{};  // Written, or that a read saw.
  std::optional<Atom> old{};    // That a cas found, or did not find if it was refused.
  std::optional<std::int64_t> base{};  // The version that it found, or did not.
};

// Decides such a register, in O(n log n), if each known call that was not refused tells
// its version, no version is left to a cas of unknown outcome, and the refused ones have
// room in the order that is found. Else it is not applicable.
Finding decide_versions(const std::vector<VersionCall>& calls);

}  // namespace clew
