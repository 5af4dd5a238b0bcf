#pragma once

#include <cstdint>
#include <filesystem>

#include "harness/system.h"

namespace clew {

// What clients alone reach, for comparison with a run: the same clients of the
// same system, one a thread spread over the nodes, with no recorder, no runner
// and no generator between them.
struct BareLoop {
  int threads = 10;
  int keys = 5;
  Nanos length = std::chrono::seconds(5);
  Nanos op_timeout = std::chrono::seconds(2);
};

struct BareLoopResult {
  std::int64_t ok = 0;
  std::int64_t failed = 0;   // Definite: refused, or a compare that failed.
  std::int64_t unknown = 0;  // Each costs its thread a new client.
  double ok_per_second = 0;
};

// Reads and writes in turn, until `length` is over; returns at most one
// op_timeout later. The cluster is ready before.
BareLoopResult run_bare_loop(Cluster& cluster, System& system, const BareLoop& loop);

// The same operations by the same clients, but through the runner, with a
// generator, and every event recorded in `history`, which must not exist.
BareLoopResult run_recorded_loop(Cluster& cluster, System& system, const BareLoop& loop,
                                 const std::filesystem::path& history);

}  // namespace clew
