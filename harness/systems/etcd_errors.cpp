#include "harness/systems/etcd_errors.h"

#include <array>

namespace clew {
namespace {

// From etcd's api/v3rpc/rpctypes/error.go and the places that return each.
//
// Not in this table, on purpose, since the proposal may have been sent or may
// still be applied: "request timed out" in all its variants, "leader changed",
// "server stopped", "transport is closing", "no leader" (a check before the
// proposal in some calls, but also the answer to one that was under way), "not
// leader", "database space exceeded" (also raised at apply, when a concurrent
// write has filled the quota), "unhealthy cluster", "context canceled".
constexpr std::array refusals{
    EtcdRefusal{3, "key is not provided",
                "checked before the proposal (v3rpc/key.go checkPutRequest)"},
    EtcdRefusal{3, "duplicate key given in txn request",
                "checked before the proposal (v3rpc/key.go checkTxnRequest)"},
    EtcdRefusal{3, "too many operations in txn request",
                "checked before the proposal (v3rpc/key.go checkTxnRequest)"},
    EtcdRefusal{
        3, "request is too large",
        "checked before the proposal (etcdserver/v3_server.go processInternalRaftRequestOnce)"},
    EtcdRefusal{8, "too many requests",
                "the proposal queue is full; checked before the proposal (v3_server.go)"},
    EtcdRefusal{16, "invalid auth token", "checked before the proposal (auth/store.go)"},
    EtcdRefusal{7, "permission denied", "checked before anything is applied (auth/store.go)"},
    EtcdRefusal{12, "unknown method", "the gateway knows no such call: nothing was forwarded"},
};

}  // namespace

std::span<const EtcdRefusal> etcd_refusals() { return refusals; }

bool etcd_definitely_refused(int code, std::string_view message) {
  for (const EtcdRefusal& refusal : refusals)
    if (refusal.code == code && message.find(refusal.text) != std::string_view::npos) return true;
  return false;
}

}  // namespace clew
