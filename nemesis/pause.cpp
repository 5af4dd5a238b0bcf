// pause: freezes servers with SIGSTOP, wakes them with SIGCONT.
//
// A paused process is the most honest imitation of a long GC, a VM migration or
// a stuck disk: its sockets stay open, its leases keep running out, and on
// SIGCONT it carries on as if no time had passed. Systems that trust their own
// clock while asleep answer stale reads here.

#include <signal.h>

#include <algorithm>
#include <array>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr auto stop_patience = std::chrono::seconds(2);

class Pause final : public Fault {
 public:
  static constexpr std::string_view name = "pause";
  static constexpr std::string_view summary = "SIGSTOP, and SIGCONT on heal";
  static constexpr std::array<OptionSpec, 0> options{};

  explicit Pause(const Options& /*options*/) {}

  std::vector<std::string> targets() const override { return node_targets(); }

  Value inject(Arena& arena, const std::string& /*id*/, const std::string& target, Rng& rng,
               Deadline deadline) override {
    victims_.clear();
    for (const Node& node : pick_nodes(arena, target, rng, deadline))
      if (arena.cluster.status(node).life == Life::running) victims_.push_back(node);
    if (victims_.empty()) throw HarnessError("the targets were not running");
    for (const Node& node : victims_) arena.cluster.signal(node, SIGSTOP);
    const Deadline stopped_by = std::min(deadline, Clock::now() + stop_patience);
    for (const Node& node : victims_) arena.cluster.await(node, Life::stopped, stopped_by);
    return hit_nodes(victims_);
  }

  Evidence verify(Arena& arena) override {
    return all_are(arena, Life::stopped, "is stopped (state T)", "is not stopped");
  }

  // Wakes every node, not only our victims: SIGCONT to a running process is
  // harmless, and one that is gone has nothing to be woken for.
  void heal(Arena& arena, Deadline /*deadline*/) override {
    for (const Node& node : arena.cluster.nodes()) arena.cluster.signal(node, SIGCONT);
  }

  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Node& node : victims_) {
      const Life life = arena.cluster.status(node).life;
      evidence.holds = evidence.holds && life != Life::stopped;
      evidence.text += (evidence.text.empty() ? "" : ", ") + node.name +
                       (life == Life::running   ? " runs"
                        : life == Life::stopped ? " is still stopped"
                                                : " is down");
    }
    return evidence;
  }

 private:
  Evidence all_are(Arena& arena, Life wanted, const std::string& yes, const std::string& no) const {
    Evidence evidence{.holds = !victims_.empty()};
    for (const Node& node : victims_) {
      const bool holds = arena.cluster.status(node).life == wanted;
      evidence.holds = evidence.holds && holds;
      evidence.text += (evidence.text.empty() ? "" : ", ") + node.name + " " + (holds ? yes : no);
    }
    return evidence;
  }

  std::vector<Node> victims_;
};

const Register<Fault, Pause> registered;

}  // namespace
}  // namespace clew
