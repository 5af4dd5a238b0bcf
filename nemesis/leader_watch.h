#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/fault_record.h"
#include "harness/system.h"

namespace clew {

// Asks each node about ten times a second whether it leads, and remembers for how
// long it said so. One thread a node: one that hangs delays no other. Does
// nothing for a system without leaders.
class LeaderWatch {
 public:
  // `on_change` sees each new span, on a thread of the watch.
  LeaderWatch(Cluster& cluster, System& system, std::function<Nanos()> now,
              std::function<void(const LeaderSpan&)> on_change);

  // Ends the watch; the spans in the order in which they began. Idempotent.
  std::vector<LeaderSpan> stop();

 private:
  void watch(HasPrimary& primary, const Node& node, const std::stop_token& stop);

  Cluster& cluster_;
  std::function<Nanos()> now_;
  std::function<void(const LeaderSpan&)> on_change_;
  std::mutex mutex_;
  std::vector<LeaderSpan> spans_;
  std::vector<std::jthread> threads_;
};

}  // namespace clew
