#include "reports/recording.h"

#include "harness/history_file.h"

namespace clew {

Recording make_recording(const History& history, const Results& results) {
  Recording recording;
  recording.operations = list_operations(history, results);
  recording.disturbances = measure_disturbances(history, results);
  return recording;
}

Recording read_recording(const std::filesystem::path& run_dir, const Results& results) {
  const std::filesystem::path file = run_dir / "history.jsonl";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  Recording recording = make_recording(History(read_history_file(file).ops), results);
  recording.logs = read_node_logs(run_dir, results);
  return recording;
}

}  // namespace clew
