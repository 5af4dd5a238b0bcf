#include "reports/recording.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "harness/error.h"
#include "harness/history_file.h"
#include "reports/fixtures.h"
#include "reports/serve/trend.h"

namespace clew {

namespace {

// Of the folder of the job. Later runs say nothing of this one; what cannot be read is no run.
std::vector<Digest> runs_until(const std::filesystem::path& run_dir, const Results& results) {
  namespace fs = std::filesystem;
  const fs::path self = fs::weakly_canonical(run_dir);
  std::vector<fs::path> earlier;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(self.parent_path(), error))
    if (!entry.is_symlink(error) && entry.path().filename() < self.filename() &&
        fs::exists(entry.path() / "results.json", error))
      earlier.push_back(entry.path());
  std::sort(earlier.rbegin(), earlier.rend());
  Digest own = digest_of(results);
  own.stamp = self.filename().string();
  std::vector<Digest> runs{own};
  for (const fs::path& folder : earlier) {
    if (runs.size() == most_trend_runs) break;
    try {
      std::ifstream file(folder / "results.json", std::ios::binary);
      Digest run = digest_of(results_from_json({std::istreambuf_iterator<char>(file), {}}));
      run.stamp = folder.filename().string();
      run.name = own.name;
      if (run.same_job(own)) runs.push_back(std::move(run));
    } catch (const UsageError&) { continue; }
  }
  return runs;
}

}  // namespace

Recording make_recording(const History& history, const Results& results, Detail detail) {
  Recording recording;
  recording.detail = detail;
  recording.disturbances = measure_disturbances(history, results);
  recording.fixtures = fixtures(history, results);
  recording.operations =
      list_operations(history, results,
                      {.failing_values = detail >= Detail::failing_values,
                       .failing_operations = detail >= Detail::failing_operations});
  if (detail == Detail::none) {
    const std::size_t all = recording.operations.count + recording.operations.left_out;
    recording.operations = {};
    recording.operations.left_out = all;
  }
  return recording;
}

Recording read_recording(const std::filesystem::path& run_dir, const Results& results,
                         Detail detail) {
  const std::filesystem::path file = run_dir / "history.jsonl";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  Recording recording = make_recording(History(read_history_file(file).ops), results, detail);
  if (detail < Detail::no_logs) recording.logs = read_node_logs(run_dir, results);
  recording.job = runs_until(run_dir, results);
  return recording;
}

}  // namespace clew
