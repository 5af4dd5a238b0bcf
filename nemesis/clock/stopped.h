#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>

#include "harness/clock.h"

namespace clew {

// All threads of a process, stopped by ptrace while a function runs; see while_stopped().
class Stopped {
 public:
  Stopped(pid_t pid, Deadline deadline);
  ~Stopped();
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

  // Lets threads go on by single instructions until `inside` holds for none of
  // their instruction pointers. Throws HarnessError when the deadline comes first.
  void step_out(const std::function<bool(std::uint64_t)>& inside, Deadline deadline);

  std::size_t threads() const { return threads_.size(); }

 private:
  enum class Seen { stopped, gone };
  bool seize_new(Deadline deadline);
  Seen await_stop(pid_t thread, Deadline deadline);
  void let_go();

  pid_t pid_;
  std::map<pid_t, int> threads_;  // And the signal each is to get when it goes on; 0: none.
};

// Stops the process, calls `work`, and lets it go on; it gets the signals that came
// meanwhile. A process that SIGSTOP had stopped before is so again. Some system calls
// (epoll_wait) return EINTR to it, as after SIGSTOP and SIGCONT. Throws HarnessError
// where the process may not be traced (no right, a debugger is there already), is gone,
// or does not stop in time; and whatever `work` throws.
//
// All of it happens in a thread of its own, to which the kernel ties the tracing. A
// thread that is killed while it is traced stays a zombie until its tracer has asked
// for it, and its process does not end before: when our thread ends, the kernel lets
// go of all that is left.
void while_stopped(pid_t pid, Deadline deadline, const std::function<void(Stopped&)>& work);

}  // namespace clew
