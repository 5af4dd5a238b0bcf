#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace clew {

// Turns SIGINT and SIGTERM into stop requests: the first ends the load, the
// second ends the judging, the third ends the process at once with 130 or 143.
// Make one before any other thread, which inherits the blocked signals.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token load() const { return load_.get_token(); }
  std::stop_token judging() const { return judging_.get_token(); }

  // 0, or the exit code of the first signal: 130 or 143.
  int exit_code() const { return exit_code_.load(); }

 private:
  void wait_for_signals();

  std::stop_source load_;
  std::stop_source judging_;
  std::atomic<int> exit_code_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace clew
