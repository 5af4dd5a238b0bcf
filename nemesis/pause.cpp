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

bool is_awake(Life life) { return life == Life::running; }

class Pause final : public Fault {
 public:
  static constexpr std::string_view name = "pause";
  static constexpr std::string_view summary = "SIGSTOP, and SIGCONT on heal";
  static constexpr std::array<OptionSpec, 1> options{{
      {"links", OptionSpec::Kind::flag, "",
       "hold the node's links too, as when a whole machine sleeps: nothing it was sent is lost"},
  }};

  explicit Pause(const Options& given) : hold_links_(given.flag("links")) {}

  std::vector<std::string> targets() const override { return node_targets(); }

  Parameters draw(const std::string& /*kind*/, double strength, Rng& rng) const override {
    if (rng.unit() > strength / 3) return {};
    return {{"links", "true"}};
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    victims_.clear();
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_awake);
    id_ = order.id;
    if (hold_links_) hold_links(arena, nodes);
    for (const Node& node : nodes)
      victims_.push_back({node, arena.sleeps->put(arena.cluster, node, id_)});
    const Deadline stopped_by = std::min(deadline, Clock::now() + stop_patience);
    for (const Node& node : nodes) arena.cluster.await(node, Life::stopped, stopped_by);
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !victims_.empty()};
    for (const Victim& victim : victims_) {
      const auto& [life, text] = now(arena, victim);
      evidence.holds = evidence.holds && life == Life::stopped;
      say(evidence, victim, text);
    }
    return evidence;
  }

  // One that another fault wants stopped stays so. The links come last: what they held meets a
  // server that is awake.
  void heal(Arena& arena, Deadline /*deadline*/) override {
    for (const Victim& victim : victims_)
      arena.sleeps->wake(arena.cluster, victim.node, victim.pid, id_);
    if (holding_) arena.cluster.network()->remove(id_);
  }

  // A victim that was killed in its sleep is healed as far as pausing goes.
  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Victim& victim : victims_) {
      const auto& [life, text] = now(arena, victim);
      const bool others = arena.sleeps->is_held(victim.pid, id_);
      evidence.holds = evidence.holds && (others || life != Life::stopped);
      say(evidence, victim, text + (others ? ", by another fault" : ""));
    }
    return evidence;
  }

 private:
  struct Victim {
    Node node;
    pid_t pid;
  };
  struct Seen {
    Life life;  // Of the process that was paused, not of one that took its place.
    std::string text;
  };

  void hold_links(Arena& arena, const std::vector<Node>& nodes) {
    Network& network = need_network(arena, "held");
    LinkMatrix links(static_cast<int>(arena.cluster.nodes().size()));
    for (const Node& node : nodes)
      for (int other = 0; other <= links.nodes(); ++other)
        if (other != node.id) links.at(node.id, other).hold = links.at(other, node.id).hold = true;
    holding_ = true;
    network.overlay(id_, links);
  }

  static Seen now(const Arena& arena, const Victim& victim) {
    const ProcessStatus status = arena.cluster.status(victim.node);
    if (status.pid != victim.pid) return {Life::gone, "was replaced by a new one"};
    if (status.life == Life::stopped) return {status.life, "is stopped (state T)"};
    if (status.life == Life::running) return {status.life, "runs"};
    return {Life::gone, "is gone: " + status.ending};
  }

  static void say(Evidence& evidence, const Victim& victim, const std::string& what) {
    evidence.add(victim.node.name + ": process " + std::to_string(victim.pid) + " " + what);
  }

  bool hold_links_;
  bool holding_ = false;  // Our overlay is in force.
  std::string id_;
  std::vector<Victim> victims_;
};

const Register<Fault, Pause> registered;

}  // namespace
}  // namespace clew
