#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/op.h"
#include "reports/serve/live.h"

namespace clew {

// Keeps live.json of a run's folder up to date, once a second, for who watches from elsewhere, as
// long as it lives; then the file is gone, since what it said is in the results. It is a courtesy:
// that it cannot be written (a full disk) is no matter for the run.
class LiveFile {
 public:
  // `look` says all but the seconds, on a thread of this object.
  LiveFile(std::filesystem::path path, std::function<Live()> look);
  ~LiveFile();
  LiveFile(const LiveFile&) = delete;
  LiveFile& operator=(const LiveFile&) = delete;

  // Of the clients' operations, in the order of the recorder. Thread-safe, quick.
  void see(const Op& op);

 private:
  void loop(const std::stop_token& stop);
  Live::Second take_second();
  void write(const std::string& text) const;

  std::filesystem::path path_;
  std::function<Live()> look_;
  std::mutex mutex_;
  std::map<std::int64_t, Nanos> invoked_;  // By process.
  Tally ops_{};                            // Since the last whole second.
  std::vector<Nanos> latencies_;
  std::vector<Live::Second> seconds_;  // The thread's own.
  bool loaded_ = false;                // There has been an operation.
  std::jthread thread_;
};

}  // namespace clew
