#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/disk.h"
#include "harness/fd.h"
#include "harness/network.h"

namespace clew {

struct Node {
  int id = 0;             // 1..n; 0 is the clients' side in a LinkMatrix.
  std::string name{};     // "n1"
  std::string address{};  // IPv4, reachable from the other nodes and the clients.
};

struct Command {
  std::vector<std::string> argv{};  // Never a shell string; argv[0] is a path.
  std::vector<std::string>
      env{};  // "NAME=value", added to an otherwise empty environment with PATH.
};

enum class Life : std::uint8_t {
  absent,  // Never started.
  running,
  stopped,  // SIGSTOP took effect.
  gone,     // Exited or was killed.
};

// A stopped process is alive too: SIGKILL needs no cooperation.
inline bool is_alive(Life life) { return life == Life::running || life == Life::stopped; }

struct ProcessStatus {
  Life life = Life::absent;
  pid_t pid = 0;         // As the cluster's side sees it; 0 when absent.
  std::string ending{};  // "exited with 1", "killed by SIGKILL"; empty unless gone.
};

// What is done to a server that stands still before its first instruction.
using AtExec = std::function<void(pid_t)>;

// The machines of a run, wherever they are: namespaces of this one, loopback
// addresses, or hosts behind SSH. Each node runs one server process at a time.
// Thread-safe: faults of several kinds and the runner use it at once.
class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual std::span<const Node> nodes() const = 0;
  virtual const Node& node(const std::string& name) const;  // Throws HarnessError if there is none.

  // A folder of the node that survives restarts of its process.
  virtual std::filesystem::path data_dir(const Node& node) const = 0;
  // Empties data_dir(). Throws HarnessError if a process is alive there.
  virtual void wipe(const Node& node);
  // Where the process' stdout and stderr are appended to.
  virtual std::filesystem::path log_file(const Node& node) const = 0;

  // Starts the node's server. Throws HarnessError if one is still alive there,
  // EnvironmentError if the program cannot be executed.
  virtual void start(const Node& node, const Command& command) = 0;
  // From now on start() calls `hook` there before the server's first instruction,
  // with the server stopped; it must not use this cluster, and the start fails
  // when it throws. An empty one ends that; no hook runs any more once it returned.
  // Throws HarnessError where the node has a hook already, EnvironmentError where
  // this cluster's servers cannot be stopped there.
  virtual void at_exec(const Node& node, const AtExec& hook);
  // To the whole process group; does nothing when no process is alive.
  virtual void signal(const Node& node, int signal_number) = 0;
  virtual ProcessStatus status(const Node& node) const = 0;
  // Waits for a status that `wanted` accepts; false when the deadline came first.
  virtual bool await(const Node& node, Life wanted, Deadline deadline) const = 0;

  // A TCP connection from the clients' side, TCP_NODELAY set, non-blocking.
  // An empty Fd and `why` set when it was refused or timed out: nothing was sent.
  virtual Fd dial(const Node& node, std::uint16_t port, Deadline deadline, std::string& why) = 0;

  // nullptr where links cannot be shaped.
  virtual Network* network() = 0;
  // The disk under data_dir(); nullptr where it is an ordinary one.
  virtual Disk* disk(const Node& /*node*/) { return nullptr; }
};

}  // namespace clew
