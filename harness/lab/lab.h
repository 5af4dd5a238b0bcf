#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/cluster.h"
#include "harness/lab/port.h"
#include "harness/lab/switch.h"
#include "harness/process.h"

namespace clew {

struct LabOptions {
  bool data_on_tmpfs = true;                          // Else on the disk that nodes_dir is on.
  std::uint64_t tmpfs_bytes_per_node = 512ULL << 20;  // A limit; memory is taken as it is used.
  bool tcp_fast_recovery = true;                      // See PortOptions.
  bool lossy_disks = false;             // Data on disks that can lose it, see Disk; slower.
  std::uint64_t seed = 0;               // Of the switch's draws.
  std::optional<PortKind> port_kind{};  // Nothing: the best there is.
};

// The embedded cluster: each node a real process in a network namespace of its
// own, all of them on one Switch. Nodes are n1 (10.88.0.1), n2, ...; this process
// is the clients' side. Everything it makes ends with it or, should it crash,
// with the sandbox.
//
//   nodes_dir/n1/log    stdout and stderr of the server, on disk, kept
//   nodes_dir/n1/data   data_dir(); with data_on_tmpfs a mount only we see
//   nodes_dir/n1/disk   with lossy_disks what is behind data_dir()
class Lab final : public Cluster {
 public:
  // Only inside run_in_sandbox(), else HarnessError. Throws EnvironmentError
  // when a part cannot be made.
  Lab(int nodes, const std::filesystem::path& nodes_dir, const LabOptions& options = {});
  // Kills every node's process group and waits for them, a few seconds at most.
  ~Lab() override;
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  std::span<const Node> nodes() const override { return nodes_; }
  std::filesystem::path data_dir(const Node& node) const override;
  std::filesystem::path log_file(const Node& node) const override;
  void start(const Node& node, const Command& command) override;
  void at_exec(const Node& node, const AtExec& hook) override;
  void signal(const Node& node, int signal_number) override;
  ProcessStatus status(const Node& node) const override;
  bool await(const Node& node, Life wanted, Deadline deadline) const override;
  Fd dial(const Node& node, std::uint16_t port, Deadline deadline, std::string& why) override;
  Network* network() override { return switch_.get(); }
  Disk* disk(const Node& node) override;

  PortKind port_kind() const { return port_kind_; }
  // Borrowed: for setns(), SpawnOptions::netns. Node 0 is the clients' side.
  int netns(int id) const { return ports_[static_cast<std::size_t>(id)].netns.get(); }

 private:
  // Shared with callers that wait on it while another thread starts the next.
  using Running = std::shared_ptr<const Process>;
  struct Machine;

  Machine& machine(const Node& node) const;
  Running current(const Node& node) const;

  std::filesystem::path nodes_dir_;
  PortKind port_kind_;
  std::vector<Node> nodes_;
  std::vector<Port> ports_;
  std::unique_ptr<Switch> switch_;
  std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace clew
