#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace clew {

// What people call the input "-".
inline constexpr std::string_view standard_input = "standard input";

// All of a file, or of standard input where `path` is "-", unpacked if it is
// gzip by its first bytes. Throws UsageError that names the file: it cannot be
// read, or its gzip is damaged or ends too early.
std::string read_input(const std::filesystem::path& path);

// The text packed in `packed`, of one gzip member or several. Throws UsageError.
std::string gunzip(std::string_view packed);
bool is_gzip(std::string_view bytes);

}  // namespace clew
