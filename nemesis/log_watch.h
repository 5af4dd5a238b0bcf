#pragma once

#include <functional>
#include <string>
#include <thread>

#include "harness/cluster.h"

namespace clew {

// Reads what the nodes log while they log it, a few milliseconds behind, from where
// the logs end now. One thread for all nodes.
class LogWatch {
 public:
  // `on_line` sees each whole line without its end, on the watch's thread. A line
  // of more than 64 KiB is told in pieces.
  LogWatch(const Cluster& cluster,
           std::function<void(const std::string& node, const std::string& line)> on_line);

 private:
  std::jthread thread_;
};

}  // namespace clew
