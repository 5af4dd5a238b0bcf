#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "harness/fd.h"
#include "harness/lab/port.h"
#include "harness/network.h"
#include "harness/rng.h"

namespace clew {

// A user-space Ethernet switch: every frame between nodes passes through it, and
// it does to each what the matrix says of its directed link. One thread; the
// matrix is swapped between two frames, never within one, so a partition of the
// whole cluster is one atomic step.
class Switch final : public Network {
 public:
  // ports[i] belongs to node i, ports[0] to the clients' side.
  Switch(std::vector<Port> ports, std::uint64_t seed);
  ~Switch() override;
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

  void overlay(const std::string& owner, const LinkMatrix& links) override;
  void remove(const std::string& owner) override;
  void remove_all() override;
  LinkMatrix in_force() const override;
  LinkCount count(int from, int to) const override;

 private:
  // A frame that waits for its time.
  struct Delayed {
    Clock::time_point due{};
    std::uint64_t sequence = 0;
    int from = 0, to = 0;
    std::vector<char> frame{};
    bool operator<(const Delayed& other) const {
      return due != other.due ? due > other.due : sequence > other.sequence;
    }
  };
  // What a link remembers between frames.
  struct LinkState {
    Clock::time_point sent_until{};  // When the rate lets the next frame start.
    Clock::time_point last_due{};    // No frame overtakes another unless reordered.
  };
  struct Counter {
    std::atomic<std::uint64_t> frames{0}, dropped{0};
  };

  void apply(std::unique_lock<std::mutex>& lock);
  void run();
  void adopt();
  void drain(int from);
  void forward(int from, const char* frame, std::size_t size);
  void pass(int from, int to, const char* frame, std::size_t size);
  void enqueue(int from, int to, std::vector<char> frame, Clock::time_point due);
  void deliver(int to, const char* frame, std::size_t size);
  void deliver_due();
  void arm_timer();
  std::size_t slot(int from, int to) const {
    return static_cast<std::size_t>(from) * ports_.size() + static_cast<std::size_t>(to);
  }

  const std::vector<Port> ports_;
  std::unique_ptr<Counter[]> counters_;

  // The callers' side, under mutex_.
  mutable std::mutex mutex_;
  std::condition_variable adopted_;
  std::map<std::string, LinkMatrix> overlays_;
  LinkMatrix wanted_;
  std::uint64_t wanted_epoch_ = 0;
  std::uint64_t adopted_epoch_ = 0;
  bool ending_ = false;

  // The thread's own.
  LinkMatrix links_;
  std::vector<LinkState> states_;
  std::priority_queue<Delayed> delayed_;
  std::size_t delayed_bytes_ = 0;
  std::uint64_t sequence_ = 0;
  Rng rng_;

  Fd epoll_, wake_, timer_;
  std::thread thread_;
};

}  // namespace clew
