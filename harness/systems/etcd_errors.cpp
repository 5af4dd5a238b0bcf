#include "harness/systems/etcd_errors.h"

#include <array>

namespace clew {
namespace {

// Values of EtcdError::definite.
constexpr bool refused = true;
constexpr bool unknown = false;

// gRPC status codes.
constexpr int unspecified = 2;
constexpr int invalid_argument = 3;
constexpr int permission_denied = 7;
constexpr int resource_exhausted = 8;
constexpr int unavailable = 14;
constexpr int data_loss = 15;
constexpr int unauthenticated = 16;

// Texts and codes: etcdserver/api/v3rpc/rpctypes/error.go. The comment on each row names the place
// that returns it. The rule: what is returned before raft got the proposal is `refused`; what is
// returned after, even by the apply step that claims to have done nothing, is `unknown`, for other
// members apply the same entry by their own lights.
constexpr std::array rows{
    // v3rpc/key.go checkPutRequest, checkTxnRequest: the arguments alone are judged.
    EtcdError{invalid_argument, "etcdserver: key is not provided", refused},
    // v3rpc/key.go checkPutRequest: ignore_value together with a value.
    EtcdError{invalid_argument, "etcdserver: value is provided", refused},
    // v3rpc/key.go checkPutRequest: ignore_lease together with a lease.
    EtcdError{invalid_argument, "etcdserver: lease is provided", refused},
    // v3rpc/key.go checkTxnRequest: more than --max-txn-ops.
    EtcdError{invalid_argument, "etcdserver: too many operations in txn request", refused},
    // v3rpc/key.go checkIntervals: two puts of one key in one transaction.
    EtcdError{invalid_argument, "etcdserver: duplicate key given in txn request", refused},
    // v3_server.go processInternalRaftRequestOnce: measured right before Propose.
    EtcdError{invalid_argument, "etcdserver: request is too large", refused},
    // v3_server.go processInternalRaftRequestOnce: its first lines, on a backlog of unapplied
    // entries.
    EtcdError{resource_exhausted, "etcdserver: too many requests", refused},
    // v3_server.go processInternalRaftRequestOnce: AuthInfoFromCtx, before Propose.
    EtcdError{unauthenticated, "etcdserver: invalid auth token", refused},
    // v3rpc/interceptor.go newUnaryInterceptor: before the handler is called.
    EtcdError{unavailable, "etcdserver: not capable", refused},
    // v3rpc/interceptor.go newUnaryInterceptor: likewise, a learner serves no writes.
    EtcdError{unavailable, "etcdserver: rpc not supported for learner", refused},
    // raft.go stepLeader, stepCandidate, stepFollower: this member did not append or forward it.
    EtcdError{unspecified, "raft proposal dropped", refused},

    // apply.go quotaApplierV3.Put: the put that crosses the quota IS applied, and then gets this
    // answer. The same text is used before proposing (v3rpc/quota.go): they cannot be told apart.
    EtcdError{resource_exhausted, "etcdserver: mvcc: database space exceeded", unknown},
    // apply_auth.go: judged when the entry is applied, by each member with its own auth store;
    // these
    // have disagreed (etcd issue 11651).
    EtcdError{permission_denied, "etcdserver: permission denied", unknown},
    // auth/store.go isOpPermitted, called from apply_auth.go: as above.
    EtcdError{invalid_argument, "etcdserver: revision of auth store is old", unknown},
    // auth/store.go isOpPermitted, called from apply_auth.go: as above.
    EtcdError{invalid_argument, "etcdserver: user name is empty", unknown},
    // apply.go applierV3Corrupt: once members disagree, one member's word is worth nothing.
    EtcdError{data_loss, "etcdserver: corrupt cluster", unknown},
    // v3_server.go parseProposeCtxErr: proposed, not yet applied when patience ended.
    EtcdError{unavailable, "etcdserver: request timed out", unknown},
    // v3_server.go parseProposeCtxErr: as above.
    EtcdError{unavailable, "etcdserver: request timed out, possibly due to previous leader failure",
              unknown},
    // v3_server.go parseProposeCtxErr: as above.
    EtcdError{unavailable, "etcdserver: request timed out, possibly due to connection lost",
              unknown},
    // v3rpc/interceptor.go newUnaryInterceptor, before the handler, but also from places that have
    // waited for a leader; each release adds some.
    EtcdError{unavailable, "etcdserver: no leader", unknown},
    // v3_server.go linearizableReadLoop: reads only today, but nothing promises that.
    EtcdError{unavailable, "etcdserver: leader changed", unknown},
    // v3_server.go processInternalRaftRequestOnce: stopped while it waited for the proposal.
    EtcdError{unavailable, "etcdserver: server stopped", unknown},
    // grpc-go: the gateway lost its connection to the server beside it, request in flight.
    EtcdError{unavailable, "transport is closing", unknown},
};

}  // namespace

std::span<const EtcdError> etcd_errors() { return rows; }

bool etcd_definitely_refused(int code, std::string_view message) {
  for (const EtcdError& row : rows)
    if (row.code == code && row.message == message) return row.definite;
  return false;
}

}  // namespace clew
