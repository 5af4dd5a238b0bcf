#include "nemesis/traffic.h"

#include <algorithm>

namespace clew {
namespace {

// A frame is counted as it enters and again as it is dropped: between the two
// it would look as if it had passed.
LinkCount steady_count(const Network& network, int from, int to) {
  LinkCount count = network.count(from, to);
  for (int tries = 0; tries < 10; ++tries) {
    const LinkCount again = network.count(from, to);
    if (again.frames == count.frames && again.dropped == count.dropped) break;
    count = again;
  }
  return count;
}

std::int64_t grown(std::uint64_t then, std::uint64_t now) {
  return static_cast<std::int64_t>(now - then);
}

}  // namespace

Traffic::Traffic(const Network& network, std::vector<std::pair<int, int>> links)
    : links_(std::move(links)) {
  for (const auto& [from, to] : links_) before_.push_back(steady_count(network, from, to));
}

Traffic::Sum Traffic::since(const Network& network) const {
  Sum sum;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const LinkCount& then = before_[i];
    const LinkCount now = steady_count(network, links_[i].first, links_[i].second);
    const std::int64_t entered = grown(then.frames, now.frames);
    const std::int64_t dropped = grown(then.dropped, now.dropped);
    sum.entered += entered;
    sum.dropped += dropped;
    sum.links_dropping += dropped > 0 ? 1U : 0U;
    sum.passed += std::max<std::int64_t>(entered - dropped, 0);
    sum.late += grown(then.late, now.late);
    sum.overtook += grown(then.overtook, now.overtook);
    sum.doubled += grown(then.doubled, now.doubled);
    sum.corrupted += grown(then.corrupted, now.corrupted);
  }
  return sum;
}

std::string grouped_number(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string frames(std::int64_t number) {
  return grouped_number(number) + (number == 1 ? " frame" : " frames");
}

}  // namespace clew
