#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace clew {

// Writes aside, fsyncs, renames: a reader sees the old file or the new one,
// never a part. Throws EnvironmentError (disk full, no permission) and leaves
// what was there before untouched.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);
// The same of what is too much for memory: `write` fills the file, and may throw.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(int file)>& write);

// Points the symbolic link at `target`, replacing an older link in one step.
// Does nothing where a real file or folder has that name.
void relink_atomically(const std::filesystem::path& link, const std::filesystem::path& target);

// The whole file. Throws UsageError if it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace clew
