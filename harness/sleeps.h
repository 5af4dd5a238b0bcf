#pragma once

#include <signal.h>
#include <sys/types.h>

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "harness/cluster.h"

namespace clew {

// Who keeps which server process stopped, on purpose: of several faults that stopped
// it the last to wake it does. Thread-safe.
class Sleeps {
 public:
  // SIGSTOP. Returns the process' pid, for wake(). Throws EnvironmentError where no
  // server runs.
  pid_t put(Cluster& cluster, const Node& node, const std::string& id) {
    const std::lock_guard lock(mutex_);
    const pid_t pid = cluster.status(node).pid;
    cluster.signal(node, SIGSTOP);
    holders_[pid].insert(id);
    return pid;
  }

  // SIGCONT, where that process still is the node's and nobody else wants it stopped.
  // Harmless where it was not stopped.
  void wake(Cluster& cluster, const Node& node, pid_t pid, const std::string& id) {
    const std::lock_guard lock(mutex_);
    std::set<std::string>& ids = holders_[pid];
    ids.erase(id);
    if (!ids.empty()) return;
    holders_.erase(pid);
    if (frozen_) return;
    const ProcessStatus status = cluster.status(node);
    if (status.pid == pid && is_alive(status.life)) cluster.signal(node, SIGCONT);
  }

  // By anybody but `id`.
  bool is_held(pid_t pid, const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto it = holders_.find(pid);
    return it != holders_.end() && it->second.size() > it->second.count(id);
  }

  // From now on nobody is woken.
  void freeze() {
    const std::lock_guard lock(mutex_);
    frozen_ = true;
  }

 private:
  mutable std::mutex mutex_;  // Guards all below.
  std::map<pid_t, std::set<std::string>> holders_;
  bool frozen_ = false;
};

}  // namespace clew
