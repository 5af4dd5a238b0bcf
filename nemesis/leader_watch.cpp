#include "nemesis/leader_watch.h"

#include <algorithm>
#include <optional>

namespace clew {
namespace {

constexpr auto ask_every = std::chrono::milliseconds(100);
constexpr auto ask_patience = std::chrono::milliseconds(300);
constexpr auto silence = std::chrono::seconds(1);
constexpr std::size_t most_spans = 10'000;

std::optional<Leadership> ask(HasPrimary& primary, Cluster& cluster, const Node& node) {
  try {
    return primary.leadership(cluster, node, Clock::now() + ask_patience);
  } catch (const std::exception&) {  // No answer is no claim; there is a next time.
    return std::nullopt;
  }
}

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
  std::optional<Place> current;
  std::optional<std::int64_t> told;  // The term on_change_ heard of last.
  while (!stop.stop_requested()) {
    const Nanos asked = now_();
    const auto claim = ask(primary, cluster_, node);
    if (claim && claim->leader == node.name) {
      // It held at some moment between question and answer, so what is certain of several
      // is from the first answer to the last question: spans that overlap did so for real.
      const Nanos answered = now_();
      const LeaderSpan seen{
          .node = node.name, .term = claim->term, .from = answered, .to = answered};
      current = extend(current, seen, asked);
      if (current && current->sightings > 1 && told != claim->term) {
        told = claim->term;
        const std::lock_guard lock(reporting_);
        on_change_(seen);
      }
    } else if (claim) {
      current.reset();  // It said itself that it does not lead.
    }
    sleep_for(ask_every, stop);
  }
}

// Where the span is that `seen` belongs to; nothing when there is room for no more.
std::optional<LeaderWatch::Place> LeaderWatch::extend(std::optional<Place> current,
                                                      const LeaderSpan& seen, Nanos asked) {
  const std::lock_guard lock(mutex_);
  if (current) {
    LeaderSpan& span = spans_[current->index];
    // Right after its election a node may still tell the term before it (etcd tells that of
    // the last entry it applied): what was heard only once is put right, not counted.
    const bool same = span.term == seen.term;
    const bool put_right = current->sightings == 1 && span.term < seen.term;
    if ((same || put_right) && asked - span.to < silence) {
      span.term = seen.term;
      span.to = std::max(span.to, asked);
      return Place{current->index, same ? current->sightings + 1 : 1};
    }
  }
  if (spans_.size() == most_spans) return std::nullopt;
  spans_.push_back(seen);
  return Place{spans_.size() - 1, 1};
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
