#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/batch.h"

namespace clew {

// The earlier runs of a store, and how they failed. Reads at most the latest 200 of a job, once;
// what cannot be read is passed over.
class Past {
 public:
  // Only runs that began before `before`, a UTC stamp, count.
  explicit Past(std::string before) : before_(std::move(before)) {}

  // fresh: no earlier run of the job failed so. returned: the plan of this run did, but not in its
  // last `window` runs. known: otherwise. `job` is the folder of the runs with this one's name.
  Novelty novelty(const std::filesystem::path& job, const Results& run,
                  const std::string& fingerprint, std::size_t window);

 private:
  struct Run {
    std::string plan{};
    std::set<std::string> fingerprints{};
  };
  const std::vector<Run>& runs_of(const std::filesystem::path& job);

  std::string before_;
  std::map<std::filesystem::path, std::vector<Run>> jobs_;  // Latest first.
};

}  // namespace clew
