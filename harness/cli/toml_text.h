#pragma once

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace clew {

// A string or a number of a TOML file as it would be typed on the command line; nothing for the
// other types.
inline std::optional<std::string> typed_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto real = node.value_exact<double>()) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), *real);
    return std::string(digits.data(), end);
  }
  return std::nullopt;
}

// "clew.toml:3:7: expected a value", of a file that is no TOML.
inline std::string describe(const std::string& file, const toml::parse_error& error) {
  return file + ":" + std::to_string(error.source().begin.line) + ":" +
         std::to_string(error.source().begin.column) + ": " + std::string(error.description());
}

}  // namespace clew
