// kill: ends servers with SIGKILL, and starts them again.
//
// What reached the kernel's page cache survives, so nothing acknowledged may be
// lost; what was only in the process' memory is gone.

#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <set>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/servers.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr Nanos shortest_storm = std::chrono::milliseconds(20);
constexpr auto death_patience = std::chrono::seconds(5);

class Kill final : public Fault {
 public:
  static constexpr std::string_view name = "kill";
  static constexpr std::string_view summary = "SIGKILL, and a restart on heal";
  static constexpr std::array<OptionSpec, 1> options{{
      {"storm", OptionSpec::Kind::duration, "",
       "starts the victims again after this long, kills them after as long, and so on"},
  }};

  explicit Kill(const Options& given)
      : storm_(duration_of_at_least(given, "storm", shortest_storm)) {}

  Parameters draw(const std::string& /*kind*/, double strength, Rng& rng) const override {
    if (!rng.chance(strength / 4)) return {};
    return {{"storm", std::to_string(rng.between(50, 600)) + "ms"}};
  }

  std::vector<std::string> targets() const override { return node_targets(); }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    id_ = order.id;
    victims_.clear();
    others_.clear();
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_alive);
    for (const Node& node : nodes) arena.downs->take(node.name, id_);
    for (const Node& node : nodes) victims_.push_back({node, arena.cluster.status(node).pid});
    for (const Node& node : nodes) arena.cluster.signal(node, SIGKILL);
    const Deadline dead_by = std::min(deadline, Clock::now() + death_patience);
    for (const Node& node : nodes) arena.cluster.await(node, Life::gone, dead_by);
    if (storm_ > Nanos{0})
      storming_ = std::jthread([this, arena, nodes](const std::stop_token& stop) mutable {
        keep_storming(arena, nodes, stop);
      });
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !victims_.empty()};
    if (storm_ > Nanos{0})
      return {.holds = kills_ > 0,
              .text = "killed by SIGKILL, and " + std::to_string(kills_) +
                      " times more after they had been started again"};
    for (const auto& [node, pid] : victims_) {
      const ProcessStatus status = arena.cluster.status(node);
      const bool killed =
          status.pid == pid && status.life == Life::gone && status.ending == "killed by SIGKILL";
      evidence.holds = evidence.holds && killed;
      say(evidence, node, pid,
          killed                                       ? status.ending
          : status.pid == pid && is_alive(status.life) ? "is still alive"
                                                       : "ended otherwise: " + status.ending);
    }
    return evidence;
  }

  // Every server that is gone, not only our victims: one that died by itself
  // while something else was wrong must come back too. But none that another
  // fault keeps down.
  void heal(Arena& arena, Deadline /*deadline*/) override {
    storming_ = {};  // Asks it to stop, and waits.
    arena.downs->let_go(id_);
    std::exception_ptr first;  // One node that does not start must not keep the others down.
    for (const Node& node : arena.cluster.nodes()) {
      const ProcessStatus status = arena.cluster.status(node);
      if (status.life != Life::gone || arena.downs->is_held(node.name, id_)) continue;
      if (!is_ours(node, status.pid)) others_.insert(node.name + " " + status.ending);
      try {
        arena.system.start(arena.cluster, node);
      } catch (const std::exception&) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
  }

  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const auto& [node, pid] : victims_) {
      const ProcessStatus status = arena.cluster.status(node);
      const bool held = arena.downs->is_held(node.name, id_);
      const bool back = status.pid != pid && is_alive(status.life);
      evidence.holds = evidence.holds && (back || held);
      say(evidence, node, status.pid,
          held                           ? "is kept down by another fault"
          : !back                        ? "is down: " + status.ending
          : status.life == Life::running ? "runs"
                                         : "is paused");
    }
    for (const std::string& other : others_)
      evidence.text += "; not of this fault's doing: " + other + ", started again";
    return evidence;
  }

 private:
  void keep_storming(Arena& arena, const std::vector<Node>& nodes, const std::stop_token& stop) {
    for (bool up = true; sleep_for(storm_, stop); up = !up) {
      for (const Node& node : nodes) try {
          up ? start_unless_held(arena, node, id_) : kill_again(arena, node);
        } catch (const std::exception&) {  // There is a next time; heal() tells what stays down.
        }
    }
  }

  void kill_again(Arena& arena, const Node& node) {
    if (!is_alive(arena.cluster.status(node).life)) return;
    arena.cluster.signal(node, SIGKILL);
    if (arena.cluster.await(node, Life::gone, Clock::now() + death_patience) &&
        arena.cluster.status(node).ending == "killed by SIGKILL")
      ++kills_;
  }

  struct Victim {
    Node node;
    pid_t pid;
  };

  bool is_ours(const Node& node, pid_t pid) const {
    return std::any_of(victims_.begin(), victims_.end(), [&](const Victim& victim) {
      return victim.node.id == node.id && victim.pid == pid;
    });
  }

  static void say(Evidence& evidence, const Node& node, pid_t pid, const std::string& what) {
    evidence.add(node.name + ": process " + std::to_string(pid) + " " + what);
  }

  std::string id_;
  std::vector<Victim> victims_;
  std::set<std::string> others_;  // Died by themselves; started again by heal().
  Nanos storm_;
  std::atomic<int> kills_{0};  // Of the storm, after the first one.
  std::jthread storming_;      // Last: it ends before the rest goes.
};

const Register<Fault, Kill> registered;

}  // namespace
}  // namespace clew
