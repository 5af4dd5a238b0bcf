#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "harness/fault_record.h"
#include "harness/system.h"

namespace clew {

// Asks each node about ten times a second whether it leads, and remembers for how
// long it said so. One thread a node: one that hangs delays no other. Does
// nothing for a system without leaders.
//
// A span tells what is certain, from the first answer to the last question: where
// two overlap, both nodes did claim to lead at once. One heard only once is a moment.
//
// A span ends when the node itself says otherwise, or has said nothing for a
// second (it is down, it is paused); it may come back to its old claim in a span
// of its own. The first 10,000 spans are kept.
class LeaderWatch {
 public:
  // `on_change` sees each claim to a new term when it was heard twice, on a thread
  // of the watch, one at a time; it must not throw.
  LeaderWatch(Cluster& cluster, System& system, std::function<Nanos()> now,
              std::function<void(const LeaderSpan&)> on_change);

  // Ends the watch; the spans in the order in which they began. Idempotent.
  std::vector<LeaderSpan> stop();

 private:
  struct Place {
    std::size_t index = 0;  // Into spans_.
    int sightings = 0;      // Of this term.
  };

  void watch(HasPrimary& primary, const Node& node, const std::stop_token& stop);
  std::optional<Place> extend(std::optional<Place> current, const LeaderSpan& seen, Nanos asked);

  Cluster& cluster_;
  std::function<Nanos()> now_;
  std::function<void(const LeaderSpan&)> on_change_;
  std::mutex reporting_;  // One on_change_ at a time.
  std::mutex mutex_;      // Guards spans_.
  std::vector<LeaderSpan> spans_;
  std::vector<std::jthread> threads_;
};

}  // namespace clew
