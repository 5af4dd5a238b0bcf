#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/client.h"
#include "harness/cluster.h"
#include "harness/options.h"
#include "harness/registry.h"

namespace clew {

// The system under test, seen from outside. One object serves a whole run and
// is used by several threads at once (clients connect, faults restart nodes).
class System {
 public:
  virtual ~System() = default;

  // On the host, with the host's network, before there is a cluster: fetch the
  // program into `cache` if need be and ask its version. Throws EnvironmentError.
  virtual void prepare(const std::filesystem::path& cache) = 0;
  virtual std::string version() const = 0;  // After prepare().
  virtual std::filesystem::path program() const = 0;

  // Starts the server of `node`, for the first time or again after it died.
  virtual void start(Cluster& cluster, const Node& node) = 0;
  // Returns when every node answers and they agree on a leader; throws
  // EnvironmentError naming the node that did not, with its last log line.
  virtual void await_ready(Cluster& cluster, Deadline deadline) = 0;
  // Cheap: connects at the first call of the client, not here.
  virtual std::unique_ptr<Client> connect(Cluster& cluster, const Node& node) = 0;
};

// A node's own claim about who leads, read live.
struct Leadership {
  std::string leader{};  // Node name; empty: it knows none.
  std::int64_t term = 0;
};

// Optional face: systems with a leader.
class HasPrimary {
 public:
  virtual ~HasPrimary() = default;
  // nothing: the node did not answer by the deadline.
  virtual std::optional<Leadership> leadership(Cluster& cluster, const Node& node,
                                               Deadline deadline) = 0;
};

// One member, as a node lists it.
struct Member {
  std::uint64_t id = 0;
  std::string node{};  // By its address; empty for one that is none of the cluster's.
  bool learner = false;
  bool started = false;
};

// Optional face: systems whose members change at run time. Each request is sent
// once, through `via`; "" when it was accepted, else why not. Without an answer it
// may still take effect: the list tells.
class HasMembership {
 public:
  virtual ~HasMembership() = default;
  // nothing: the node did not answer by the deadline.
  virtual std::optional<std::vector<Member>> members(Cluster& cluster, const Node& via,
                                                     Deadline deadline) = 0;
  virtual std::string remove_member(Cluster& cluster, const Node& via, std::uint64_t id,
                                    Deadline deadline) = 0;
  virtual std::string add_member(Cluster& cluster, const Node& via, const Node& node, bool learner,
                                 Deadline deadline) = 0;
  virtual std::string promote_member(Cluster& cluster, const Node& via, std::uint64_t id,
                                     Deadline deadline) = 0;
  virtual std::string move_leader(Cluster& cluster, const Node& leader, std::uint64_t to,
                                  Deadline deadline) = 0;
  // From now on start() makes `node` join the cluster that these are the members of.
  virtual void will_join(const Node& node, const std::vector<Member>& members) = 0;
};

using SystemRegistry = Registry<System>;

}  // namespace clew
