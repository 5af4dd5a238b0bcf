#include "reports/recording.h"

#include "harness/history_file.h"
#include "reports/fixtures.h"

namespace clew {

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
  return recording;
}

}  // namespace clew
