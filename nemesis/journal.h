#pragma once

#include <filesystem>
#include <mutex>
#include <string_view>
#include <vector>

#include "harness/fault_record.h"
#include "harness/fd.h"

namespace clew {

// schedule.jsonl: one line for each thing that happened to a fault,
//   {"event":"applied","time":1500000000,"id":"kill#1","fault":"kill","target":"leader",...}
// with the whole record behind it: the last line of an id tells its story.
// Events: planned, applied, verified, healed, failed. Times in nanoseconds since
// the start of the run, null for what has not happened. Thread-safe.
class Journal {
 public:
  // Throws EnvironmentError if the file cannot be made.
  explicit Journal(const std::filesystem::path& path);
  // Each line is in the file when this returns. Throws EnvironmentError.
  void write(const FaultRecord& fault, std::string_view event, Nanos time);

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  Fd file_;
};

// The latest record of each fault, in the order in which they were planned. A
// last line that was cut is left out. Throws UsageError naming the line.
std::vector<FaultRecord> read_journal(const std::filesystem::path& path);

}  // namespace clew
