#include "reports/client_lanes.h"

#include <unordered_set>

namespace clew {

ClientLanes::ClientLanes(const History& history, int concurrency) {
  if (concurrency <= 0) return;
  std::unordered_set<std::int64_t> processes;
  for (const Op& op : history.ops())
    if (op.process >= 0) processes.insert(op.process);
  stride_ = concurrency;
  for (const std::int64_t process : processes)
    if (process >= stride_ && !processes.contains(process - stride_)) {
      ++stride_;  // One more seat, for a client that faults ask for.
      break;
    }
}

std::uint32_t ClientLanes::of(std::int64_t process) {
  if (const auto it = lanes_.find(process); it != lanes_.end()) return it->second;
  std::uint32_t lane = next_;
  if (const auto it = lanes_.find(process - stride_);
      stride_ > 0 && it != lanes_.end() && !open_[it->second]) {
    lane = it->second;
    lanes_.erase(it);
  } else if (stride_ == 0 && !free_.empty()) {
    lane = *free_.begin();
    free_.erase(free_.begin());
  } else {
    ++next_;
    open_.push_back(false);
  }
  lanes_.emplace(process, lane);
  return lane;
}

}  // namespace clew
