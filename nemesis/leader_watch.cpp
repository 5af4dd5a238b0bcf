#include "nemesis/leader_watch.h"

#include <algorithm>
#include <condition_variable>
#include <optional>

namespace clew {
namespace {

constexpr auto ask_every = std::chrono::milliseconds(100);
constexpr auto ask_patience = std::chrono::milliseconds(300);

}  // namespace

LeaderWatch::LeaderWatch(Cluster& cluster, System& system, std::function<Nanos()> now,
                         std::function<void(const LeaderSpan&)> on_change)
    : cluster_(cluster), now_(std::move(now)), on_change_(std::move(on_change)) {
  auto* primary = dynamic_cast<HasPrimary*>(&system);
  if (primary == nullptr) return;
  for (const Node& node : cluster.nodes())
    threads_.emplace_back(
        [this, primary, &node](const std::stop_token& stop) { watch(*primary, node, stop); });
}

void LeaderWatch::watch(HasPrimary& primary, const Node& node, const std::stop_token& stop) {
  std::mutex alone;
  std::condition_variable_any nothing;
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t current = none;  // Into spans_.
  bool seen_once = false;
  while (!stop.stop_requested()) {
    const Nanos asked = now_();
    const auto claim = primary.leadership(cluster_, node, Clock::now() + ask_patience);
    std::optional<LeaderSpan> fresh;
    if (claim && claim->leader == node.name) {
      const std::lock_guard lock(mutex_);
      // Right after its election a node may still tell the term before it (etcd tells that of
      // the last entry it applied): what was heard only once is put right, not counted.
      if (current != none && seen_once && spans_[current].term < claim->term)
        spans_[current].term = claim->term;
      seen_once = false;
      if (current == none || spans_[current].term != claim->term) {
        seen_once = true;
        current = spans_.size();
        spans_.push_back({.node = node.name, .term = claim->term, .from = asked, .to = asked});
        fresh = spans_.back();
      }
      spans_[current].to = now_();
    } else if (claim) {
      current = none;  // It said itself that it does not lead; silence is no such word.
    }
    if (fresh) on_change_(*fresh);
    std::unique_lock lock(alone);
    nothing.wait_for(lock, stop, ask_every, [] { return false; });
  }
}

std::vector<LeaderSpan> LeaderWatch::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
  const std::lock_guard lock(mutex_);
  std::stable_sort(spans_.begin(), spans_.end(),
                   [](const LeaderSpan& a, const LeaderSpan& b) { return a.from < b.from; });
  return spans_;
}

}  // namespace clew
