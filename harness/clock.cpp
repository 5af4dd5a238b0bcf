#include "harness/clock.h"

#include <array>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>

namespace clew {

bool sleep_until(Deadline when, const std::stop_token& stop) {
  std::mutex alone;
  std::unique_lock lock(alone);
  std::condition_variable_any nothing;
  nothing.wait_until(lock, stop, when, [] { return false; });
  return !stop.stop_requested();
}

std::optional<Nanos> parse_duration(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0)) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  double seconds = 0;
  if (unit.empty() || unit == "s") {
    seconds = 1;
  } else if (unit == "ms") {
    seconds = 1e-3;
  } else if (unit == "us") {
    seconds = 1e-6;
  } else if (unit == "ns") {
    seconds = 1e-9;
  } else if (unit == "m" || unit == "min") {
    seconds = 60;
  } else if (unit == "h") {
    seconds = 3600;
  } else {
    return std::nullopt;
  }
  const double nanos = number * seconds * 1e9;
  if (nanos > 9e18) return std::nullopt;
  return Nanos(std::llround(nanos));
}

std::string format_duration(Nanos duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  std::array<char, 64> text{};
  if (seconds >= 120) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    std::snprintf(text.data(), text.size(), "%lld m %lld s", static_cast<long long>(whole / 60),
                  static_cast<long long>(whole % 60));
  } else if (seconds >= 1) {
    std::snprintf(text.data(), text.size(), "%.3g s", seconds);
    if (seconds >= 10) std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  } else if (seconds >= 1e-3) {
    std::snprintf(text.data(), text.size(), "%.3g ms", seconds * 1e3);
  } else {
    std::snprintf(text.data(), text.size(), "%.3g us", seconds * 1e6);
  }
  return text.data();
}

std::string utc_stamp(std::chrono::system_clock::time_point when) {
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d%02d%02dT%02d%02d%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(millis % 1000));
  return text.data();
}

}  // namespace clew
