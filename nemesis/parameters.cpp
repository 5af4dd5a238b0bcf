#include "nemesis/parameters.h"

#include <array>
#include <charconv>

#include "harness/error.h"

namespace clew {

Nanos duration_or_zero(const Options& given, std::string_view name) {
  return given.has(name) ? given.duration(name) : Nanos{0};
}

Nanos duration_of_at_least(const Options& given, std::string_view name, Nanos shortest) {
  const Nanos duration = duration_or_zero(given, name);
  if (given.has(name) && duration < shortest)
    throw UsageError(std::string(name) + ": must be " + format_duration(shortest) + " or more");
  return duration;
}

double share_of(const Options& given) {
  const auto share = given.real("share");
  if (!share || !(*share > 0 && *share <= 1))
    throw UsageError("share: '" + given.text("share") + "' is not above 0 and at most 1");
  return *share;
}

std::string decimal(double number) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                          std::chars_format::fixed, 3);
  return {digits.data(), end};
}

}  // namespace clew
