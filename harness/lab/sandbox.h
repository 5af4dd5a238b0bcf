#pragma once

#include <functional>

namespace clew {

// Runs `body` as a process of its own inside new pid, mount and network
// namespaces (and a user namespace where the caller is not root) and returns
// what it returned; 255 if it was killed. Call it while the process has one thread.
//
//   outer    the caller; stays in the host's namespaces, forwards SIGINT and SIGTERM
//   init     the pid namespace's init: reaps, forwards signals, ends with `body`
//   harness  runs `body`; its network namespace is the clients' side of the lab
//
// Kill any of the three with -9 at any moment, and everything is gone: init dies
// with the outer (parent-death signal, and a pipe for the moment before that is
// armed) and with the harness; when init dies the kernel kills every process of
// the pid namespace and drops its mounts, interfaces and network namespaces.
//
// Init and harness have a process group of their own: a Ctrl-C at the terminal
// reaches the outer only, and the harness sees each signal exactly once.
//
// Throws EnvironmentError, with the mend, where namespaces are not to be had.
int run_in_sandbox(const std::function<int()>& body);

}  // namespace clew
