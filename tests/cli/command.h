#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/process.h"
#include "tests/support/temporary_folder.h"

namespace clew::testing {

// The built program, as a user calls it.
inline CommandResult clew(std::vector<std::string> words, const std::filesystem::path& cwd = {}) {
  words.insert(words.begin(), CLEW_BINARY);
  return run_command(words, Clock::now() + std::chrono::seconds(120), cwd);
}

// Why no cluster can be run here, as clew says it; empty: it can.
inline std::string missing_for_clusters() {
  const TemporaryFolder folder;
  const CommandResult probe =
      clew({"test", "etcd", "--nodes", "1", "--time-limit", "500ms", "--nemesis", "none"},
           folder.path());
  return probe.exit_code == 4 ? probe.err : "";
}

// The file, as far as it is there.
inline std::string whole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace clew::testing
