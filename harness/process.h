#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/cluster.h"
#include "harness/fd.h"

namespace clew {

struct SpawnOptions {
  std::vector<std::string> argv{};  // argv[0] is a path; no shell, no PATH search.
  std::vector<std::string> env{};   // The whole environment.
  std::filesystem::path cwd{};      // Empty: the caller's.
  std::filesystem::path log{};      // stdout and stderr are appended to it; empty: /dev/null.
  int network_namespace = -1;       // Entered before exec; -1: the caller's.
  // Dies with the spawning THREAD (PR_SET_PDEATHSIG). Leave it off where threads
  // come and go and a pid namespace ends everything anyhow.
  bool die_with_parent = false;
};

// A child program: the only place that forks for one. It leads its own process
// group and inherits no descriptor but stdin (/dev/null), stdout and stderr.
// Thread-safe. The destructor kills the group and reaps the child.
class Process {
 public:
  // Throws EnvironmentError if the program cannot be executed.
  explicit Process(const SpawnOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  ProcessStatus status() const;
  // To the group; nothing happens when the child is gone.
  void signal(int number) const;
  // Waits until the status is `wanted`; false when the deadline came first.
  bool await(Life wanted, Deadline deadline) const;

 private:
  bool reap() const;  // With mutex_ held. True when the child is gone.

  pid_t pid_ = 0;
  Fd pidfd_;
  mutable std::mutex mutex_;
  mutable bool gone_ = false;
  mutable std::string ending_;  // "exited with 1", "killed by SIGKILL"
};

struct CommandResult {
  int exit_code = -1;  // -1: killed by a signal, or by us at the deadline.
  bool timed_out = false;
  std::string out{};
  std::string err{};
};

// Runs a program to its end and keeps what it printed, at most 1 MiB of each
// stream. Killed at the deadline. It dies with the calling thread. Throws
// EnvironmentError if it cannot be executed.
CommandResult run_command(const std::vector<std::string>& argv, Deadline deadline,
                          const std::filesystem::path& cwd = {});

}  // namespace clew
