#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace clew {

using Clock = std::chrono::steady_clock;
using Nanos = std::chrono::nanoseconds;  // In histories: since the start of the run.
using Deadline = Clock::time_point;

// Time left until `deadline`, never negative.
inline Nanos left(Deadline deadline) {
  const auto now = Clock::now();
  return deadline > now ? std::chrono::duration_cast<Nanos>(deadline - now) : Nanos{0};
}

// Sleeps until then, or until a stop is requested. False when the stop came first.
bool sleep_until(Deadline when, const std::stop_token& stop);
inline bool sleep_for(Nanos duration, const std::stop_token& stop) {
  return sleep_until(Clock::now() + duration, stop);
}

// "90", "90s", "10m", "250ms", "1.5h"; a bare number counts seconds. Nothing if it is none of
// these.
std::optional<Nanos> parse_duration(std::string_view text);

// "14.228 s", "15.8 ms", "2 m 5 s": for people.
std::string format_duration(Nanos duration);

// "20261123T040512.120Z", safe in a file name.
std::string utc_stamp(std::chrono::system_clock::time_point when);

}  // namespace clew
