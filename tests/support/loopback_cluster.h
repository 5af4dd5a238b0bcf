#pragma once

#include <condition_variable>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/cluster.h"
#include "harness/process.h"

namespace clew {

// A cluster of real processes on loopback addresses, for tests that need no
// broken links: no root, no namespaces, network() is nullptr. Nodes are
// 127.88.K.1, 127.88.K.2 ...; K is free of other such clusters on this machine,
// so tests may run side by side.
//
// Files: <dir>/n1/log and <dir>/n1/data. The processes end with the cluster, and
// with the test should that be killed.
class LoopbackCluster final : public Cluster {
 public:
  // Throws EnvironmentError.
  LoopbackCluster(int nodes, const std::filesystem::path& dir);
  ~LoopbackCluster() override;

  std::span<const Node> nodes() const override { return nodes_; }
  std::filesystem::path data_dir(const Node& node) const override;
  std::filesystem::path log_file(const Node& node) const override;
  void start(const Node& node, const Command& command) override;
  void at_exec(const Node& node, const AtExec& hook) override;
  void signal(const Node& node, int signal_number) override;
  ProcessStatus status(const Node& node) const override;
  bool await(const Node& node, Life wanted, Deadline deadline) const override;
  Fd dial(const Node& node, std::uint16_t port, Deadline deadline, std::string& why) override;
  Network* network() override { return nullptr; }

 private:
  using Spawn = std::packaged_task<std::shared_ptr<Process>()>;
  std::shared_ptr<Process> process(const Node& node) const;
  void reserve_addresses();
  void spawn_on_request(const std::stop_token& stop);

  std::filesystem::path dir_;
  int block_ = -1;  // K
  Fd reservation_;
  std::vector<Node> nodes_;
  mutable std::mutex mutex_;
  std::mutex starting_;                              // Held by start().
  std::vector<AtExec> at_exec_;                      // By Node::id - 1.
  std::vector<std::shared_ptr<Process>> processes_;  // By Node::id - 1; null: never started.
  std::condition_variable_any requested_;
  std::vector<Spawn> requests_;
  // Processes die with the thread that spawned them, so that is one of ours and
  // never a caller's that may end before the cluster does.
  std::jthread spawner_;
};

}  // namespace clew
