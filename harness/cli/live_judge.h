#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checkers/stream.h"

namespace clew {

// Judges a run while it goes on, on a thread of its own. It never slows the load
// down: when it falls too far behind it gives up, and says so.
class LiveJudge {
 public:
  // `alarm` is called once, at the first violation, on the judge's thread.
  LiveJudge(std::vector<std::unique_ptr<Stream>> streams,
            std::function<void(const Stream::Violation&)> alarm);
  ~LiveJudge();
  LiveJudge(const LiveJudge&) = delete;
  LiveJudge& operator=(const LiveJudge&) = delete;

  // In the order of the recorder. Thread-safe, quick.
  void see(const Op& op);

  // "1,204 calls judged so far, no violation"; empty if nothing can be judged live.
  std::string sentence() const;

  // Waits until all that was seen is judged.
  void finish();
  const std::optional<Stream::Violation>& violation() const { return violation_; }
  // Why it stopped judging before the end; empty if it did not.
  std::string trouble() const;

 private:
  static constexpr std::size_t most_waiting = 1 << 18;

  void loop();
  void feed(const std::vector<Op>& ops);

  std::vector<std::unique_ptr<Stream>> streams_;
  std::function<void(const Stream::Violation&)> alarm_;
  std::optional<Stream::Violation> violation_;  // The thread's own until finish().

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Op> waiting_;
  std::uint64_t judged_ = 0;
  bool alarmed_ = false, closing_ = false;
  std::string trouble_;
  std::thread thread_;
};

}  // namespace clew
