#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/cluster.h"
#include "harness/options.h"
#include "harness/registry.h"
#include "harness/rng.h"
#include "harness/system.h"
#include "harness/value.h"

namespace clew {

// What a fault may touch.
struct Arena {
  Cluster& cluster;
  System& system;
};

// Proof that a fault is in force, or gone: seen from outside, never assumed.
struct Evidence {
  bool holds = false;
  std::string text{};  // "1,204 frames dropped on 6 cut links", "n2: state T"
};

// Breaks one kind of thing on purpose, and puts it back. Each fault of a run
// has its own object and thread; several are in force at once.
// Life cycle: inject -> verify -> (time passes) -> heal -> verify_healed.
class Fault {
 public:
  virtual ~Fault() = default;

  // Picks its target freshly (who leads now?), breaks it, and says what was hit
  // as an object, e.g. {"nodes":["n2"]} or {"cut":[["n1"],["n2","n3"]]}.
  // `id` ("partition#3") names what is to be healed. `target` is what followed
  // the colon on the command line, "" for any.
  virtual Value inject(Arena& arena, const std::string& id, const std::string& target, Rng& rng,
                       Deadline deadline) = 0;
  // Whether it took effect. Asked again until it holds or the fault is healed.
  virtual Evidence verify(Arena& arena) = 0;
  // Undoes what inject() did. Idempotent, works from any state.
  virtual void heal(Arena& arena, Deadline deadline) = 0;
  virtual Evidence verify_healed(Arena& arena) = 0;

  // The targets one may write after the colon, "" not included.
  virtual std::vector<std::string> targets() const = 0;
};

using FaultRegistry = Registry<Fault>;

}  // namespace clew
