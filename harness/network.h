#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/clock.h"

namespace clew {

// How one directed link treats the frames that enter it.
struct Link {
  bool hole = false;  // Everything vanishes, silently.
  bool hold = false;  // Everything waits until it is let go: late, but nothing is lost.
  double drop = 0;    // Probabilities in [0, 1], drawn frame by frame.
  double duplicate = 0;
  double reorder = 0;
  double corrupt = 0;
  Nanos delay{};
  Nanos jitter{};            // Uniform in [-jitter, +jitter] around delay.
  std::uint64_t rate_bps{};  // Bits per second; 0: no limit.

  bool operator==(const Link&) const = default;
  bool is_clear() const { return *this == Link{}; }
};

// Both ends of a link are node ids: 0 is the clients' side, 1..nodes the nodes.
class LinkMatrix {
 public:
  explicit LinkMatrix(int nodes)
      : size_(nodes + 1),
        links_(static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_)) {}

  int nodes() const { return size_ - 1; }
  Link& at(int from, int to) { return links_[place(from, to)]; }
  const Link& at(int from, int to) const { return links_[place(from, to)]; }

  // Both faults at once: a hole swallows all, probabilities combine as
  // independent draws, delays and jitters add, the lower rate wins.
  void combine(const LinkMatrix& other);
  bool operator==(const LinkMatrix&) const = default;

 private:
  std::size_t place(int from, int to) const {
    return static_cast<std::size_t>(from) * static_cast<std::size_t>(size_) +
           static_cast<std::size_t>(to);
  }

  int size_;
  std::vector<Link> links_;
};

struct LinkCount {
  std::uint64_t frames = 0;   // Entered the link.
  std::uint64_t dropped = 0;  // Of these, swallowed by a hole, a drop or a full queue.
  std::uint64_t late = 0;     // Made to wait, by a delay, a rate or a hold.
  std::uint64_t overtook = 0, doubled = 0, corrupted = 0;
};

// The network between the nodes. Faults that overlap each own an overlay, named
// after the fault's id; what is in force is all of them combined.
class Network {
 public:
  virtual ~Network() = default;

  // Puts `links` in force under `owner`, replacing what it had, in one atomic
  // step: when this returns, no frame is treated the old way any more.
  virtual void overlay(const std::string& owner, const LinkMatrix& links) = 0;
  // Takes the overlay away; harmless when there is none.
  virtual void remove(const std::string& owner) = 0;
  virtual void remove_all() = 0;
  virtual LinkMatrix in_force() const = 0;
  // Counted since the start, monotonic.
  virtual LinkCount count(int from, int to) const = 0;
  // Lets the first `frames` that a hold keeps on that link go on; the link goes on
  // holding. Returns how many there were.
  virtual std::uint64_t let_go(int from, int to, std::uint64_t frames) = 0;
  virtual std::uint64_t held(int from, int to) const = 0;  // Frames, now.
};

}  // namespace clew
