#pragma once

#include <span>
#include <string>
#include <string_view>

namespace clew {

// One refusal of etcd after which a mutation certainly has not happened and
// never will. Whatever is not listed is indeterminate.
struct EtcdRefusal {
  int code;               // gRPC status code in the answer's body.
  std::string_view text;  // Its message contains this.
  std::string_view why;   // Why it is definite.
};

std::span<const EtcdRefusal> etcd_refusals();

// Whether an error answer means that the request had no effect.
bool etcd_definitely_refused(int code, std::string_view message);

}  // namespace clew
