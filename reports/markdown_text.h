#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clew {

// GitHub gives up above 1 MiB, people far earlier.
inline constexpr std::size_t most_markdown = std::size_t{60} * 1024;

// Text that means itself: no link, no image, no table column, no tag, no mention.
std::string literal(std::string_view text, std::size_t limit = 300);

// In a fence longer than any run of backticks inside.
std::string fenced(const std::string& text);

}  // namespace clew
