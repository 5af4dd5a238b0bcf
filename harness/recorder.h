#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "harness/clock.h"
#include "harness/fd.h"
#include "harness/op.h"

namespace clew {

// Writes history.jsonl while the run goes on. Thread-safe.
//
// An invocation is queued before its request leaves, a completion after its
// answer came, and the file holds the queue in order. So whatever prefix of it
// survives a crash, no answer in it rests on an operation that is missing: every
// prefix is itself a sound history.
//
// Lines are made by the callers and written by one thread in large pieces. When
// the disk cannot keep up, callers wait (the queue is bounded); when it fails,
// failed() turns true, the file is cut back to its last whole line, and later
// events are discarded.
class Recorder {
 public:
  // Sees each event in the order of the file, under a lock: it must be quick.
  using Observer = std::function<void(const Op&)>;

  // Times are told since `start`. Throws EnvironmentError if the file cannot be made.
  Recorder(const std::filesystem::path& path, Clock::time_point start, Observer observer = {});
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  Nanos now() const { return std::chrono::duration_cast<Nanos>(Clock::now() - start_); }

  // Stamps `op` with the time at which it was queued: call right before sending.
  void invoke(Op& op);
  // Queues a completion, or a nemesis event, that its caller has stamped already.
  void complete(Op& op);

  // Everything queued is on the disk when this returns. Throws EnvironmentError
  // with the cause if anything could not be written.
  void finish();

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  std::string failure() const;
  std::uint64_t events() const { return events_.load(std::memory_order_relaxed); }

 private:
  void queue(Op& op, const std::string& rest, bool stamp);
  void write_loop();
  bool write_out(std::string_view text);

  const std::filesystem::path path_;
  const Clock::time_point start_;
  const Observer observer_;
  Fd file_;
  std::uint64_t written_bytes_ = 0;  // Whole lines only; writer's own.
  std::atomic<std::uint64_t> events_{0};
  std::atomic<bool> failed_{false};

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable drained_;
  std::string queued_;
  std::int64_t next_index_ = 0;
  bool closing_ = false;
  std::string failure_;
  std::thread writer_;
};

}  // namespace clew
