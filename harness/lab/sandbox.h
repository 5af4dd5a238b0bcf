#pragma once

#include <functional>
#include <string>

namespace clew {

struct SandboxOptions {
  // A user namespace is made where we are not root, or root without the right
  // to make the others. True: make one even as root.
  bool force_user_namespace = false;
};

// Runs `body` in a process of its own inside new pid, mount and network
// namespaces, and returns its exit code. Three processes take part:
//
//   outer    the caller; stays in the host's namespaces, waits, and forwards
//            SIGINT and SIGTERM, each exactly once
//   init     pid 1 of the new namespace; reaps orphans, ends when the harness
//            ends or when the outer process dies
//   harness  runs `body`; free to start threads and processes
//
// Whichever of the three dies, however it dies, the kernel ends everything else
// in the namespaces: no process, mount or interface is left. Inside: a fresh
// /proc, private mounts, loopback up, and the right to make more of all of it.
//
// Call it while the process has one thread. Returns 130 or 143 when SIGINT or
// SIGTERM killed the harness, 255 with a line on stderr when it crashed. An
// exception out of `body` is printed and becomes the exit code of its kind.
// Throws EnvironmentError, saying how to mend it, where namespaces are refused.
int run_in_sandbox(const SandboxOptions& options, const std::function<int()>& body);

// Whether this process runs inside: only there may interfaces and mounts be made.
bool in_sandbox();

// What keeps this user from making namespaces, and the command that lifts it.
// `error` is what clone() or unshare() failed with.
std::string how_to_allow_namespaces(int error);

}  // namespace clew
