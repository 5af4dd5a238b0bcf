#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "harness/error.h"
#include "harness/system.h"

namespace clew {

// Real processes that do nothing, for tests of what is done to processes. Who
// claims what about the leader is up to the test.
class Sleepers : public System, public HasPrimary {
 public:
  void prepare(const std::filesystem::path& /*cache*/) override {}
  std::string version() const override { return "1"; }
  std::filesystem::path program() const override { return "/bin/sleep"; }
  void start(Cluster& cluster, const Node& node) override {
    {
      const std::lock_guard lock(mutex_);
      if (broken_ == node.name) throw EnvironmentError(node.name + " does not start");
    }
    cluster.start(node, {{"/bin/sleep", "1000"}, {}});
  }
  void start_all(Cluster& cluster) {
    for (const Node& node : cluster.nodes()) start(cluster, node);
  }
  void await_ready(Cluster& /*cluster*/, Deadline /*deadline*/) override {}
  std::unique_ptr<Client> connect(Cluster& /*cluster*/, const Node& /*node*/) override {
    throw HarnessError("sleepers have no clients");
  }
  std::optional<Leadership> leadership(Cluster& cluster, const Node& node,
                                       Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    const auto claim = claims_.find(node.name);
    if (claim == claims_.end() || cluster.status(node).life != Life::running) return std::nullopt;
    return claim->second;
  }

  void claim(const std::string& node, const std::string& leader, std::int64_t term) {
    const std::lock_guard lock(mutex_);
    claims_[node] = {.leader = leader, .term = term};
  }
  // "" for none.
  void make_broken(const std::string& node) {
    const std::lock_guard lock(mutex_);
    broken_ = node;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Leadership> claims_;
  std::string broken_;
};

}  // namespace clew
