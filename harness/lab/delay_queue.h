#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/clock.h"

namespace clew {

struct DelayedFrame {
  Deadline when{};
  std::uint64_t sequence = 0;  // Frames of the same moment leave in the order they came.
  std::size_t link = 0;
  std::vector<char> bytes{};
};

// Frames on their way, by the time they arrive. Bounded per link and in all:
// a link that is given more than it can carry loses frames, as a router does.
class DelayQueue {
 public:
  static constexpr std::size_t link_limit = 4 << 20;  // Bytes.
  static constexpr std::size_t total_limit = 256 << 20;

  explicit DelayQueue(std::size_t links) : queued_(links) {}

  // False when there is no room: the frame is lost.
  bool push(Deadline when, std::size_t link, std::vector<char> bytes);
  // The next frame that is due, if any.
  std::optional<DelayedFrame> pop(Deadline now);
  // When pop() will have something; nothing when it is empty.
  std::optional<Deadline> next() const;
  bool empty(std::size_t link) const { return queued_[link] == 0; }
  // Takes the frames of a link out, in the order in which they would have arrived.
  std::vector<DelayedFrame> take(std::size_t link);

 private:
  std::vector<DelayedFrame> heap_;   // The earliest in front.
  std::vector<std::size_t> queued_;  // Bytes, by link.
  std::size_t total_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace clew
