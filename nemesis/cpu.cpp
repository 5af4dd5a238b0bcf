// cpu: servers that get only a `share` of their time.
//
// Every `every` the process is stopped (SIGSTOP) for the rest of it, as on a machine
// whose processors are sold twice. Unlike a pause it goes on all the time, and nobody
// is ever away for long: timers fire late, queues grow, leases run out in the middle
// of being renewed. Needs no cgroup, and does not depend on what else the machine does.

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr Nanos shortest_period = std::chrono::milliseconds(2);

class Cpu final : public Fault {
 public:
  static constexpr std::string_view name = "cpu";
  static constexpr std::string_view summary = "servers that get only a share of their time";
  static constexpr std::array<OptionSpec, 2> options{{
      {"share", OptionSpec::Kind::text, "0.1", "of the time in which the server may run"},
      {"every", OptionSpec::Kind::duration, "20ms", "how often it is stopped"},
  }};

  explicit Cpu(const Options& given)
      : share_(share_of(given)), every_(duration_of_at_least(given, "every", shortest_period)) {
    if (share_ >= 1) throw UsageError("share: must be below 1, or nothing is slower");
    if (every_ > std::chrono::seconds(10)) throw UsageError("every: must be at most 10 s");
  }

  std::vector<std::string> targets() const override { return node_targets(); }

  // From half of its time down to a fiftieth.
  Parameters draw(const std::string& /*kind*/, double strength, Rng& rng) const override {
    return {{"share", decimal(0.5 * std::pow(0.04, strength * rng.unit()))},
            {"every", std::to_string(rng.between(5, 100)) + "ms"}};
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    id_ = order.id;
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_alive);
    for (const Node& node : nodes)
      victims_.push_back(std::make_unique<Victim>(node, arena.cluster.status(node).pid));
    for (const auto& victim : victims_)
      victim->thread =
          std::jthread([this, arena, &victim = *victim](const std::stop_token& stop) mutable {
            slow_down(arena, victim, stop);
          });
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& /*arena*/) override {
    Evidence evidence{.holds = !victims_.empty()};
    for (const auto& victim : victims_) {
      evidence.holds = evidence.holds && victim->seen_stopped > 0;
      evidence.add(victim->node.name + ": process " + std::to_string(victim->pid) +
                   " was seen stopped (state T) " + std::to_string(victim->seen_stopped) +
                   " times, " + std::to_string(std::lround(100 * (1 - share_))) + " % of " +
                   format_duration(every_) + " each");
    }
    return evidence;
  }

  void heal(Arena& /*arena*/, Deadline /*deadline*/) override {
    for (const auto& victim : victims_) victim->thread = {};  // Wakes it before it ends.
  }

  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const auto& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim->node);
      const bool ours = status.pid == victim->pid;
      const bool stopped = ours && status.life == Life::stopped && !is_paused(arena, *victim);
      evidence.holds = evidence.holds && !stopped;
      evidence.add(victim->node.name + ": process " + std::to_string(victim->pid) +
                   (!ours || status.life == Life::gone ? " is gone"
                    : stopped                          ? " is still stopped"
                                                       : " is stopped no more"));
    }
    return evidence;
  }

 private:
  struct Victim {
    Victim(Node at, pid_t process) : node(std::move(at)), pid(process) {}
    Node node;
    pid_t pid;
    std::atomic<std::uint64_t> seen_stopped{0};
    std::jthread thread{};  // Last: it uses the others.
  };

  // Until a stop, or until the process is gone: the one that takes its place is not slow.
  void slow_down(Arena& arena, Victim& victim, const std::stop_token& stop) const {
    const Nanos running(std::llround(static_cast<double>(every_.count()) * share_));
    Deadline next = Clock::now();
    while (!stop.stop_requested() && arena.cluster.status(victim.node).pid == victim.pid) {
      try {
        arena.sleeps->put(arena.cluster, victim.node, id_);
      } catch (const EnvironmentError&) { return; }
      next = std::max(next + every_, Clock::now());
      sleep_until(next - running, stop);
      if (arena.cluster.status(victim.node).life == Life::stopped) ++victim.seen_stopped;
      arena.sleeps->wake(arena.cluster, victim.node, victim.pid, id_);
      if (!sleep_until(next, stop)) return;
    }
  }

  bool is_paused(const Arena& arena, const Victim& victim) const {
    return arena.sleeps->is_held(victim.pid, id_);
  }

  const double share_;
  const Nanos every_;
  std::string id_;
  std::vector<std::unique_ptr<Victim>> victims_;
};

const Register<Fault, Cpu> registered;

}  // namespace
}  // namespace clew
