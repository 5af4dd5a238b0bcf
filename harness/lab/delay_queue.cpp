#include "harness/lab/delay_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace clew {
namespace {

// std heaps keep the greatest in front; ours is the earliest.
bool later(const DelayedFrame& a, const DelayedFrame& b) {
  return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
}

}  // namespace

bool DelayQueue::push(Deadline when, std::size_t link, std::vector<char> bytes) {
  const std::size_t size = bytes.size();
  if (queued_[link] + size > link_limit || total_ + size > total_limit) return false;
  queued_[link] += size;
  total_ += size;
  heap_.push_back({when, sequence_++, link, std::move(bytes)});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return true;
}

std::optional<DelayedFrame> DelayQueue::pop(Deadline now) {
  if (heap_.empty() || heap_.front().when > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  DelayedFrame frame = std::move(heap_.back());
  heap_.pop_back();
  queued_[frame.link] -= frame.bytes.size();
  total_ -= frame.bytes.size();
  return frame;
}

std::optional<Deadline> DelayQueue::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

std::vector<DelayedFrame> DelayQueue::take(std::size_t link) {
  if (queued_[link] == 0) return {};
  const auto others = std::partition(heap_.begin(), heap_.end(),
                                     [&](const DelayedFrame& f) { return f.link != link; });
  std::vector<DelayedFrame> taken(std::make_move_iterator(others),
                                  std::make_move_iterator(heap_.end()));
  heap_.erase(others, heap_.end());
  std::make_heap(heap_.begin(), heap_.end(), later);
  std::sort(taken.begin(), taken.end(),
            [](const DelayedFrame& a, const DelayedFrame& b) { return later(b, a); });
  total_ -= queued_[link];
  queued_[link] = 0;
  return taken;
}

}  // namespace clew
