#pragma once

#include <array>
#include <string>
#include <vector>

#include "checkers/staleness.h"
#include "checkers/weaker.h"

namespace clew::testing {

// The definitions of checkers/weaker.h and staleness.h a second time, by trying
// all there is: for at most eight calls.

// Whether one order of all calls explains the answers. `real_time`: and nothing
// comes after what was invoked only after it had returned.
bool has_sequential_order(const std::vector<SessionCall>& calls, bool real_time);

enum class Kept : std::uint8_t {
  always,     // Whoever wrote what was read.
  sometimes,  // It depends on that.
  never,
  orphaned,  // Nobody wrote what was read; without these answers it is kept.
};

// Of monotonic reads, monotonic writes, read your writes, writes follow reads.
std::array<Kept, 4> session_guarantees(const std::vector<SessionCall>& calls);

// How late each stale read was, in the order of the calls.
std::vector<Nanos> stale_reads(const std::vector<TimedCall>& calls);

}  // namespace clew::testing
