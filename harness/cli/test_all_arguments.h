#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/cli/telling.h"

namespace clew {

struct TestAllArguments {
  std::string file{};
  std::string shard{};     // "2/5"; empty: all.
  bool keep_going = true;  // After a failure.
  int rerun_on_fail = 0;   // How often a violation is run again.
  bool dry_run = false;    // Print the runs, start none.
  std::optional<std::string> store{};
  std::optional<std::uint64_t> seed{};
  Telling telling{};
};

// The command `test-all` without what all commands have. Returns it for that.
CLI::App* add_test_all(CLI::App& app, TestAllArguments& arguments);

}  // namespace clew
