#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/cluster.h"
#include "harness/downs.h"
#include "harness/fault_record.h"
#include "harness/op.h"
#include "harness/options.h"
#include "harness/registry.h"
#include "harness/rng.h"
#include "harness/sleeps.h"
#include "harness/system.h"
#include "harness/value.h"

namespace clew {

// The clients of a run, as far as faults have to do with them. Thread-safe.
class Asker {
 public:
  virtual ~Asker() = default;
  // Performs one operation beside the load, recorded like any other. Returns the
  // completion; its `kind` is never invoke.
  virtual Op ask(const Node& node, Op op) = 0;

  virtual int clients() const = 0;
  // A paused client invokes nothing; what is in flight goes on. Does not wait.
  virtual void pause(int client, bool paused) = 0;
  virtual bool stands_still(int client) const = 0;
};

// What a fault may touch.
struct Arena {
  Cluster& cluster;
  System& system;
  // Who keeps which node down: of several, the last to let go starts it again.
  std::shared_ptr<Downs> downs = std::make_shared<Downs>();
  // Who keeps which process stopped: of several, the last to let go wakes it.
  std::shared_ptr<Sleeps> sleeps = std::make_shared<Sleeps>();
  // Performs one operation through a client of that node; nullptr where there are none.
  Asker* asker = nullptr;
};

// One entry of a schedule, as its fault sees it when its turn has come.
struct Order {
  std::string id{};      // "partition#3": names what is to be healed.
  std::string kind{};    // One of kinds(), "" where there are none.
  std::string target{};  // One of targets(), node names as "n1+n3", or "" for any.
  std::string key{};     // Of the acknowledged operation that set it off; else "".
};

// Proof that a fault is in force, or gone: seen from outside, never assumed.
struct Evidence {
  bool holds = false;
  std::string text{};  // "1,204 frames dropped on 6 cut links", "n2: state T"

  void add(const std::string& more) { text += (text.empty() ? "" : ", ") + more; }
};

// Breaks one kind of thing on purpose, and puts it back. Each entry of a schedule
// has its own object, made with its parameters; several are in force at once.
// Life cycle: inject -> verify -> (time passes) -> heal -> verify_healed.
class Fault {
 public:
  virtual ~Fault() = default;

  // Picks its target freshly (who leads now?), breaks it, and says what was hit
  // as an object, e.g. {"nodes":["n2"]} or {"cut":[["n1"],["n2","n3"]]}.
  virtual Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) = 0;
  // Whether it took effect. Asked again until it holds or the fault is healed.
  virtual Evidence verify(Arena& arena) = 0;
  // Undoes what inject() did. Idempotent, works from any state.
  virtual void heal(Arena& arena, Deadline deadline) = 0;
  virtual Evidence verify_healed(Arena& arena) = 0;

  // What one may write after the colon, "" not included: where, and in which way.
  virtual std::vector<std::string> targets() const = 0;
  virtual std::vector<std::string> kinds() const { return {}; }
  // Of the kinds, those that are drawn where none was asked for.
  virtual std::vector<std::string> drawn_kinds() const { return kinds(); }
  // Parameters of one entry of that kind, drawn from the seed before the run.
  // `strength` in (0, 1]: how hard to hit.
  virtual Parameters draw(const std::string& kind, double strength, Rng& rng) const;
  // How much of the time it was given inject() may take; the rest is for being in force.
  virtual double inject_share() const { return 0.5; }
  // Whether it performs operations through Arena::asker.
  virtual bool asks_clients() const { return false; }
  // Whether the nodes' disks must be such that can lose something, see Disk.
  virtual bool needs_lossy_disks() const { return false; }
  // Called before anything is started. Throws EnvironmentError, saying how to mend it,
  // where this machine cannot do it.
  virtual void check_possible() const {}
  // Whether `--nemesis all` and swarms have it; others are asked for by name.
  virtual bool in_all() const { return true; }
};

inline Parameters Fault::draw(const std::string& /*kind*/, double /*strength*/,
                              Rng& /*rng*/) const {
  return {};
}

using FaultRegistry = Registry<Fault>;

}  // namespace clew
