#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/process.h"

namespace clew::testing {

// The built program, as a user calls it.
inline CommandResult clew(std::vector<std::string> words, const std::filesystem::path& cwd = {}) {
  words.insert(words.begin(), CLEW_BINARY);
  return run_command(words, Clock::now() + std::chrono::seconds(120), cwd);
}

// A fresh folder for one test, gone with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "clew-cli-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace clew::testing
