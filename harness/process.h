#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/cluster.h"

namespace clew {

// The only place that forks for another program. Every child gets a session and
// process group of its own, stdin from /dev/null, no descriptor of ours but
// stdout and stderr, and default signal handling.

struct SpawnOptions {
  std::vector<std::string> argv{};  // Never a shell string; argv[0] is a path or found in PATH.
  std::vector<std::string> env{};   // The whole environment: "NAME=value".
  std::filesystem::path log{};      // stdout and stderr are appended; empty: /dev/null.
  std::filesystem::path cwd{};      // Empty: ours.
  int in = -1;                      // Borrowed; its standard input instead of /dev/null.
  int out = -1;                     // Borrowed descriptors that take the place of `log`.
  int err = -1;
  int netns = -1;  // Borrowed; the network namespace the child enters before exec.
  // SIGKILL to the child when the THREAD that spawned it ends, be it by a crash.
  // Only for callers that wait for the child in that same thread; servers of the
  // lab are spawned by many threads and die with their pid namespace instead.
  bool die_with_thread = false;
  // Called in the spawning thread while the child stands still before the first
  // instruction of its program, by ptrace; empty: no ptrace is involved. When it
  // throws, the child is killed and the exception passed on.
  AtExec at_exec{};
};

// A child process and its process group. Its pid is not reaped before this
// object goes, so neither pid nor group can come to mean another process.
// Thread-safe.
class Process {
 public:
  // Returns after exec() succeeded. Throws EnvironmentError when the program
  // cannot be executed or the log not be opened; the text names it.
  explicit Process(const SpawnOptions& options);
  // Kills the whole group and reaps; does not wait longer than a few seconds.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const;
  // running, stopped (every thread is in state T) or gone; never absent.
  ProcessStatus status() const;
  // Waits until the status is `wanted`; false when the deadline came first, or
  // the process is gone and will never be what was wanted.
  bool await(Life wanted, Deadline deadline) const;
  // To every process of the group, also after its leader is gone.
  void signal(int signal_number) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct CommandResult {
  int exit_code = -1;  // 128 + signal number when a signal killed it, as shells say.
  std::string out{};   // What it printed, up to 1 MiB of each.
  std::string err{};
  bool timed_out = false;  // Killed at the deadline; exit_code is 137 then.
};

// Runs a short program to its end in our environment and network: to ask a
// server its version, to fetch a package. It dies with us. Throws
// EnvironmentError when it cannot be executed; its failing is data.
CommandResult run_command(const std::vector<std::string>& argv, Deadline deadline,
                          const std::filesystem::path& cwd = {});

// "exited with 1", "killed by SIGKILL", "killed by SIGSEGV (core dumped)", from
// what waitid() tells.
std::string describe_ending(int code, int status);

}  // namespace clew
