#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/client.h"
#include "harness/cluster.h"
#include "harness/http.h"

namespace clew {

inline constexpr std::uint16_t etcd_client_port = 2379;

struct EtcdClientOptions {
  bool serializable = false;
  bool guarded_writes = false;
};

// A client of one etcd node over its v3 JSON gateway. One connection, dialled at
// the first call; each operation is at most one request.
//   read   a linearizable range; with `serializable`, whatever the node has
//   write  a put; with `guarded_writes`, a transaction of that put and a read at
//          revision 1, which is refused as a whole once that was compacted
//   cas    a transaction: if value == old then put new; refused: compare-failed
//   acquire  a lease (asked for before, in a request of its own), then the lock of that
//            name; blocks until it is granted
//   release  unlocks what this client acquired last
//   watch    all changes from a revision on (the value; nil: from now), as long as the
//            deadline lets it: ok with [revision, key, value] in the order they came
// Values are integers, written in decimal; a missing key reads as nil.
class EtcdClient final : public Client {
 public:
  EtcdClient(Cluster& cluster, Node node, const EtcdClientOptions& options)
      : cluster_(cluster), node_(std::move(node)), options_(options) {}

  Completion invoke(const Op& op, Deadline deadline) override;

 private:
  HttpResult ask(const std::string& path, const std::string& json, Deadline deadline);
  Completion read(const Op& op, Deadline deadline);
  Completion write(const Op& op, Deadline deadline);
  Completion cas(const Op& op, Deadline deadline);
  Completion acquire(const Op& op, Deadline deadline);
  Completion release(const Op& op, Deadline deadline);
  Completion watch(const Op& op, Deadline deadline);

  Cluster& cluster_;
  const Node node_;
  const EtcdClientOptions options_;
  std::optional<HttpConnection> connection_;
  std::string held_{};  // The key of the lock that it acquired, base64; empty: none.
};

}  // namespace clew
