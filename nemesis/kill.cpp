// kill: ends servers with SIGKILL, and starts them again.
//
// What reached the kernel's page cache survives, so nothing acknowledged may be
// lost; what was only in the process' memory is gone.

#include <signal.h>

#include <array>
#include <exception>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr auto death_patience = std::chrono::seconds(5);

class Kill final : public Fault {
 public:
  static constexpr std::string_view name = "kill";
  static constexpr std::string_view summary = "SIGKILL, and a restart on heal";
  static constexpr std::array<OptionSpec, 0> options{};

  explicit Kill(const Options& /*options*/) {}

  std::vector<std::string> targets() const override { return node_targets(); }

  Value inject(Arena& arena, const std::string& /*id*/, const std::string& target, Rng& rng,
               Deadline deadline) override {
    victims_.clear();
    for (const Node& node : pick_nodes(arena, target, rng, deadline)) {
      const ProcessStatus status = arena.cluster.status(node);
      if (status.life != Life::running && status.life != Life::stopped)
        continue;  // Down already: not ours.
      victims_.push_back({node, status.pid});
    }
    if (victims_.empty()) throw HarnessError("the targets were down already");
    std::vector<Node> nodes;
    for (const Victim& victim : victims_) {
      arena.cluster.signal(victim.node, SIGKILL);
      nodes.push_back(victim.node);
    }
    const Deadline dead_by = std::min(deadline, Clock::now() + death_patience);
    for (const Victim& victim : victims_) arena.cluster.await(victim.node, Life::gone, dead_by);
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !victims_.empty()};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool dead = status.pid == victim.pid && status.life == Life::gone &&
                        status.ending == "killed by SIGKILL";
      evidence.holds = evidence.holds && dead;
      evidence.text += (evidence.text.empty() ? "" : ", ") + victim.node.name + ": process " +
                       std::to_string(victim.pid) + " " +
                       (dead ? "was killed by SIGKILL" : "is not dead");
    }
    return evidence;
  }

  // Every server that is gone, not only our victims: one that died by itself
  // while something else was wrong must come back too.
  void heal(Arena& arena, Deadline /*deadline*/) override {
    std::exception_ptr first;  // One node that does not start must not keep the others down.
    for (const Node& node : arena.cluster.nodes()) {
      if (arena.cluster.status(node).life != Life::gone) continue;
      try {
        arena.system.start(arena.cluster, node);
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
  }

  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool back = status.pid != victim.pid &&
                        (status.life == Life::running || status.life == Life::stopped);
      evidence.holds = evidence.holds && back;
      evidence.text += (evidence.text.empty() ? "" : ", ") + victim.node.name + ": " +
                       (back ? "process " + std::to_string(status.pid) + " runs" : "nothing runs");
    }
    return evidence;
  }

 private:
  struct Victim {
    Node node;
    pid_t pid;
  };
  std::vector<Victim> victims_;
};

const Register<Fault, Kill> registered;

}  // namespace
}  // namespace clew
