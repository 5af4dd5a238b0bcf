#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/arguments.h"

namespace clew {

// One run of a matrix, ready to be started.
struct PlannedRun {
  std::size_t number = 0;   // In the whole matrix, from 1.
  int repetition = 1;       // Of its plan, from 1.
  std::size_t of_plan = 1;  // How many runs its plan has.
  std::string title{};      // "etcd register × partition --serializable"
  std::string variant{};    // Its entry\'s own options: " --serializable".
  std::uint64_t seed = 0;
  std::vector<std::string> words{};  // "clew test etcd ...": the same run alone.
  Arguments arguments{};
};

// A failure that somebody knows of, and until when that is an excuse.
struct KnownIssue {
  std::string fingerprint{};  // '*' stands for anything.
  std::string reason{};
  std::string expires{};  // The last day on which it counts: "2026-12-31".
};

struct Matrix {
  std::string store = "store";
  std::uint64_t seed = 0;  // What seeds are drawn from.
  std::vector<PlannedRun> runs{};
  std::vector<KnownIssue> issues{};
};

// A matrix as people write it, TOML:
//
//   store = "store"                              # default
//   seed = 7                                     # seeds are drawn from it; default: drawn anew
//   [options]                                    # of clew test, for each run
//   time-limit = "30s"
//   [[matrix]]
//   system = "etcd"                              # one or a list, as all three
//   workload = ["register", "lock"]
//   nemesis = ["none", "partition,kill:leader"]  # left out: what clew test takes
//   seeds = 5                                    # so many, or a list of them; default 1
//   options = { serializable = true }
//   [[known_issue]]
//   fingerprint = "etcd:register:*:stale-read:*"
//   reason = "DB-412"
//   expires = 2026-12-31
//
// Every run is understood before any is started: throws UsageError naming file, line and what is
// wrong, with the nearest name. `seed` and `store` go before those of the file.
Matrix read_matrix(const std::filesystem::path& file, std::optional<std::uint64_t> seed,
                   const std::optional<std::string>& store);

// Which of the runs shard `text`, "2/5", has: about the same time for each shard, and the same
// runs whenever it is asked. Throws UsageError, also where there are more shards than runs.
std::vector<PlannedRun> shard_of(std::vector<PlannedRun> runs, const std::string& text);

// The first issue that fits; an expired one only where no other does. nullptr if none does.
// `today` is "2026-12-31".
const KnownIssue* issue_of(const std::vector<KnownIssue>& issues, std::string_view fingerprint,
                           std::string_view today);

}  // namespace clew
