#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace clew {

// Who keeps which node down, on purpose. A fault takes a node down under its id
// before it ends the server, and lets go when it heals; only the last of several
// starts the server again. Thread-safe.
class Downs {
 public:
  void take(const std::string& node, const std::string& id) {
    const std::lock_guard lock(mutex_);
    holders_[node].insert(id);
  }
  // Harmless where it did not hold.
  void let_go(const std::string& id) {
    const std::lock_guard lock(mutex_);
    for (auto& [node, ids] : holders_) ids.erase(id);
  }
  bool holds(const std::string& node, const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto it = holders_.find(node);
    return it != holders_.end() && it->second.contains(id);
  }
  // By anybody but `id`.
  bool is_held(const std::string& node, const std::string& id) const {
    const std::lock_guard lock(mutex_);
    if (frozen_) return true;
    const auto it = holders_.find(node);
    return it != holders_.end() && it->second.size() > it->second.count(id);
  }

  // From now on nobody is started.
  void freeze() {
    const std::lock_guard lock(mutex_);
    frozen_ = true;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> holders_;
  bool frozen_ = false;
};

}  // namespace clew
