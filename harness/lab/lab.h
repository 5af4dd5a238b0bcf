#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "harness/cluster.h"
#include "harness/lab/port.h"
#include "harness/lab/switch.h"
#include "harness/process.h"

namespace clew {

struct LabOptions {
  bool data_on_tmpfs = true;
  std::uint64_t tmpfs_bytes_per_node = 512U << 20;  // A bound; only what is used is taken.
  // Caps TCP's retransmission timeout at 1 s (kernels >= 6.15), so that
  // connections resume soon after a heal and not after as long as the cut was.
  bool fast_tcp_recovery = true;
  std::uint64_t seed = 0;
  PortKind ports = best_port_kind();
};

// A cluster on this machine: each node a real process in a network namespace of
// its own, all traffic between them through a Switch. Make it inside
// run_in_sandbox(); the caller's network namespace becomes the clients' side.
//
//   node i   ni, 10.88.0.i, eth0      clients  10.88.255.254, eth0
//
// Files: <nodes_dir>/ni/log and <nodes_dir>/ni/data; with data_on_tmpfs the
// latter is memory that is gone when the run ends.
class Lab final : public Cluster {
 public:
  static constexpr int nodes_max = 200;

  // Throws EnvironmentError.
  Lab(int nodes, const std::filesystem::path& nodes_dir, const LabOptions& options);
  ~Lab() override;  // Kills every node.

  std::span<const Node> nodes() const override { return nodes_; }
  std::filesystem::path data_dir(const Node& node) const override;
  std::filesystem::path log_file(const Node& node) const override;
  void start(const Node& node, const Command& command) override;
  void signal(const Node& node, int signal_number) override;
  ProcessStatus status(const Node& node) const override;
  bool await(const Node& node, Life wanted, Deadline deadline) const override;
  Fd dial(const Node& node, std::uint16_t port, Deadline deadline, std::string& why) override;
  Network* network() override { return switch_.get(); }

 private:
  // Where one node lives.
  struct Place {
    Fd network_namespace{};
    mutable std::mutex mutex{};
    std::shared_ptr<Process> process{};
  };
  Place& place(const Node& node) { return *places_.at(static_cast<std::size_t>(node.id - 1)); }
  const Place& place(const Node& node) const {
    return *places_.at(static_cast<std::size_t>(node.id - 1));
  }
  std::shared_ptr<Process> process(const Node& node) const;
  void make_folders(const LabOptions& options);

  std::filesystem::path nodes_dir_;
  std::vector<Node> nodes_;
  std::vector<std::unique_ptr<Place>> places_;
  std::unique_ptr<Switch> switch_;
};

}  // namespace clew
