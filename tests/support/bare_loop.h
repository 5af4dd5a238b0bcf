#pragma once

#include <cstdint>

#include "harness/system.h"

namespace clew {

struct BareLoopLoad {
  int threads = 16;  // Thread i talks to node i mod n, one connection each.
  Nanos duration = std::chrono::seconds(5);
  Nanos op_patience = std::chrono::seconds(3);
  int keys = 8;
  // Shares of the operations; the rest are cas.
  double reads = 0.5;
  double writes = 0.4;
};

struct BareLoopCount {
  std::uint64_t ok = 0;
  std::uint64_t fail = 0;  // Refused cas among them.
  std::uint64_t info = 0;
  Nanos elapsed{};

  double per_second() const {
    return static_cast<double>(ok + fail + info) / std::chrono::duration<double>(elapsed).count();
  }
};

// What a system and its clients can do with nothing around them: threads that call
// invoke() in a loop, no generator, no history. The runner's cost is what it falls
// short of this. `cluster` must be ready.
BareLoopCount run_bare_loop(System& system, Cluster& cluster, const BareLoopLoad& load);

}  // namespace clew
