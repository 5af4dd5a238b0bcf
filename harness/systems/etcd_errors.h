#pragma once

#include <span>
#include <string_view>

namespace clew {

// One error that etcd gives to a mutation.
struct EtcdError {
  int code;                  // gRPC status code.
  std::string_view message;  // The whole text.
  // It was turned away before it was proposed to raft: it never takes effect.
  // Otherwise it may have been proposed, and so may take effect, now or later.
  bool definite;
};

// Every error we know something about. Those that are not here are not definite.
std::span<const EtcdError> etcd_errors();

// Whether an error answer to a put or a transaction means that it had no effect.
// Code and text must match a row exactly: a gateway or a proxy in between may use
// the same codes for its own troubles, which prove nothing about the store.
bool etcd_definitely_refused(int code, std::string_view message);

}  // namespace clew
