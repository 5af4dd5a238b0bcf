#include "harness/cli/past.h"

#include <algorithm>

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "reports/fingerprint.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_runs = 200;

// What was asked for, but for the seed.
std::string plan_of(const Results& results) {
  return results.repeat_command.substr(0, results.repeat_command.find(" --seed="));
}

}  // namespace

const std::vector<Past::Run>& Past::runs_of(const fs::path& job) {
  const auto [it, fresh] = jobs_.try_emplace(job);
  if (!fresh) return it->second;
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(job, error))
    if (!entry.is_symlink(error) && entry.path().filename() < before_ &&
        fs::exists(entry.path() / "results.json", error))
      folders.push_back(entry.path());
  std::sort(folders.rbegin(), folders.rend());
  if (folders.size() > most_runs) folders.resize(most_runs);
  for (const fs::path& folder : folders) {
    try {
      const Results results = results_from_json(read_file(folder / "results.json"));
      const std::vector<std::string> found = fingerprints(results);
      it->second.push_back({plan_of(results), {found.begin(), found.end()}});
    } catch (const UsageError&) {}  // Of another version, or cut.
  }
  return it->second;
}

Novelty Past::novelty(const fs::path& job, const Results& run, const std::string& fingerprint,
                      std::size_t window) {
  const std::string plan = plan_of(run);
  bool elsewhere = false;
  std::size_t of_plan = 0;
  for (const Run& earlier : runs_of(job)) {
    const bool same_plan = earlier.plan == plan;
    of_plan += same_plan ? 1U : 0U;
    if (!earlier.fingerprints.contains(fingerprint)) continue;
    if (same_plan) return of_plan <= window ? Novelty::known : Novelty::returned;
    elsewhere = true;
  }
  return elsewhere ? Novelty::known : Novelty::fresh;
}

}  // namespace clew
