#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "harness/fd.h"
#include "harness/lab/delay_queue.h"
#include "harness/network.h"
#include "harness/rng.h"

namespace clew {

// An Ethernet switch in user space, on a thread of its own. Every frame between
// two ports passes through it and is treated as the link from the one to the
// other says, in force at the moment the frame is read:
//
//   hole, drop      it vanishes
//   hold            it waits, in order, until the link is let go; at most 4 MB of them a link
//   rate            frames queue for the link, at most 200 ms worth; then they are lost
//   delay, jitter   it arrives later, in order
//   reorder         it overtakes those before it, or is overtaken where there is no delay
//   duplicate       it arrives twice
//   corrupt         one bit of the IP packet flips; the receiver's checksums catch it
//
// A change of a link treats what is still queued on it by the new rules: a hole
// swallows it, a hold keeps it, a changed delay or rate, or the end of a hold,
// delivers it at once. Thread-safe.
class Switch final : public Network {
 public:
  // Borrows the ports' descriptors, by id; they must outlive the switch.
  Switch(std::vector<int> ports, Rng rng);
  ~Switch() override;
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

  // These return within a few milliseconds; HarnessError if the switch's thread
  // did not get to it within two seconds.
  void overlay(const std::string& owner, const LinkMatrix& links) override;
  void remove(const std::string& owner) override;
  void remove_all() override;
  LinkMatrix in_force() const override;
  LinkCount count(int from, int to) const override;
  std::uint64_t let_go(int from, int to, std::uint64_t frames) override;
  std::uint64_t held(int from, int to) const override;

 private:
  // What the thread keeps about a directed link.
  struct Lane {
    Link link{};
    bool clear = true;
    int to = 0;
    Deadline free_at{};  // When the rate lets the next frame leave.
    Deadline last{};     // When the last frame kept in order arrives.
  };
  struct Counter {
    std::atomic<std::uint64_t> frames{0}, dropped{0}, late{0};
    std::atomic<std::uint64_t> overtook{0}, doubled{0}, corrupted{0};
    std::atomic<std::uint64_t> held{0};  // Now.
  };
  struct Release {  // What let_go() asks of the thread.
    std::size_t link = 0;
    std::uint64_t frames = 0;
    std::uint64_t* done = nullptr;
  };

  void publish(std::unique_lock<std::mutex>& lock);
  void await_thread(std::unique_lock<std::mutex>& lock);
  void run();
  void apply();
  void serve(int from);
  void forward(int from, std::span<const char> frame);
  void enter(std::size_t link, std::span<const char> frame);
  void shape(std::size_t link, std::span<const char> frame);
  void hold(std::size_t link, std::vector<char> frame);
  std::uint64_t release(std::size_t link, std::uint64_t frames);
  void deliver(std::size_t link, std::span<const char> frame);
  void lose(std::size_t link, std::uint64_t frames = 1);
  void deliver_due();
  std::size_t link_index(int from, int to) const;

  const std::vector<int> ports_;
  const int nodes_;
  Fd epoll_, wake_, timer_;
  std::vector<Counter> counters_;
  std::atomic<std::uint64_t> wanted_{0};  // Changes asked for.
  std::atomic<bool> stop_{false};

  mutable std::mutex mutex_;  // Guards the four below.
  std::condition_variable applied_;
  std::map<std::string, LinkMatrix> overlays_;
  LinkMatrix in_force_;
  std::vector<Release> releases_;
  std::uint64_t done_ = 0;  // Changes in force.

  // The thread's own.
  std::vector<Lane> lanes_;
  DelayQueue delayed_;
  Rng rng_;
  std::uint64_t seen_ = 0;  // == done_, without the lock.
  Deadline armed_ = Deadline::max();
  std::vector<char> buffer_;

  std::thread thread_;
};

}  // namespace clew
