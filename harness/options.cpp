#include "harness/options.h"

#include <charconv>

#include "harness/check.h"
#include "harness/error.h"

namespace clew {

bool Options::has(std::string_view name) const {
  const auto it = given_.find(name);
  return it != given_.end() && !it->second.empty();
}

bool Options::flag(std::string_view name) const {
  const std::string value = text(name);
  return !value.empty() && value != "false" && value != "0";
}

std::string Options::text(std::string_view name) const {
  const auto it = given_.find(name);
  CLEW_CHECK(it != given_.end());
  return it->second.empty() ? "" : it->second.back();
}

std::int64_t Options::number(std::string_view name) const {
  const std::string typed = text(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc{} || end != typed.data() + typed.size())
    throw UsageError("--" + std::string(name) + ": '" + typed + "' is no whole number");
  return number;
}

Nanos Options::duration(std::string_view name) const {
  const std::string typed = text(name);
  if (const auto duration = parse_duration(typed)) return *duration;
  throw UsageError("--" + std::string(name) + ": '" + typed +
                   "' is no duration; write 30, 30s, 250ms or 10m");
}

std::optional<double> Options::real(std::string_view name) const {
  const std::string typed = text(name);
  double number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc{} || end != typed.data() + typed.size()) return std::nullopt;
  return number;
}

std::vector<std::string> Options::many(std::string_view name) const {
  const auto it = given_.find(name);
  CLEW_CHECK(it != given_.end());
  return it->second;
}

}  // namespace clew
