#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/client.h"
#include "harness/cluster.h"
#include "harness/http.h"

namespace clew {

inline constexpr std::uint16_t etcd_client_port = 2379;

// A client of one etcd node over its v3 JSON gateway. One connection, dialled at
// the first call; each operation is at most one request.
//   read   a linearizable range; with `serializable`, whatever the node has
//   write  a put
//   cas    a transaction: if value == old then put new; refused: compare-failed
// Values are integers, written in decimal; a missing key reads as nil.
class EtcdClient final : public Client {
 public:
  EtcdClient(Cluster& cluster, Node node, bool serializable)
      : cluster_(cluster), node_(std::move(node)), serializable_(serializable) {}

  Completion invoke(const Op& op, Deadline deadline) override;

 private:
  HttpResult ask(const std::string& path, const std::string& json, Deadline deadline);
  Completion read(const Op& op, Deadline deadline);
  Completion write(const Op& op, Deadline deadline);
  Completion cas(const Op& op, Deadline deadline);

  Cluster& cluster_;
  const Node node_;
  const bool serializable_;
  std::optional<HttpConnection> connection_;
};

}  // namespace clew
