#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/clock.h"

namespace clew {

// One option that a plug-in understands. The command line is made from these,
// so adding an option touches the plug-in's file only.
struct OptionSpec {
  enum class Kind : std::uint8_t { flag, text, number, duration, many };  // many: may repeat
  std::string_view name;  // "ops-per-key", typed as --ops-per-key
  Kind kind = Kind::text;
  std::string_view fallback;  // As it would be typed; empty: none.
  std::string_view help;      // One line, starts lower case, no full stop.
};

// What the user typed, by option name. Getters throw UsageError on a value that
// does not fit, CLEW_CHECK on a name that was never declared.
class Options {
 public:
  Options() = default;
  explicit Options(std::map<std::string, std::vector<std::string>, std::less<>> given)
      : given_(std::move(given)) {}

  bool has(std::string_view name) const;  // Given, or has a fallback.
  bool flag(std::string_view name) const;
  std::string text(std::string_view name) const;  // "" if not given
  std::int64_t number(std::string_view name) const;
  Nanos duration(std::string_view name) const;
  std::optional<double> real(std::string_view name) const;  // nothing: it is no number
  std::vector<std::string> many(std::string_view name) const;

  void set(const std::string& name, std::vector<std::string> values) {
    given_[name] = std::move(values);
  }
  const std::map<std::string, std::vector<std::string>, std::less<>>& all() const { return given_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
};

}  // namespace clew
