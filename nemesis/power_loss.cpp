// power-loss: nodes go dark, and what they had not fsynced is gone.
//
// It comes when it hurts: the victims' fsyncs do not end until each disk has something
// that is not synced. An fsync of the lab takes microseconds; without that hardly any
// loss would hit one. Then the links go dead, clients' too: a process that is killed
// says goodbye by closing its connections, a machine without power does not. Then
// SIGKILL, then the disk forgets. Healing starts the servers again and brings the links
// back. With `kept` a share of what was not fsynced survives, sector by sector: torn
// writes. That is not drawn: who does not fsync at all would hardly ever start again.

#include <signal.h>

#include <array>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/servers.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr auto death_patience = std::chrono::seconds(5);
constexpr auto pending_patience = std::chrono::milliseconds(500);
constexpr auto fsync_patience = std::chrono::milliseconds(20);  // Of what was written.
constexpr auto look_every = std::chrono::milliseconds(1);

class PowerLoss final : public Fault {
 public:
  static constexpr std::string_view name = "power-loss";
  static constexpr std::string_view summary = "nodes go dark and lose what they had not fsynced";
  static constexpr std::array<OptionSpec, 1> options{{
      {"kept", OptionSpec::Kind::text, "0", "share of the pages not fsynced that survives"},
  }};

  explicit PowerLoss(const Options& given) {
    const auto kept = given.real("kept");
    if (!kept || !(*kept >= 0 && *kept <= 1))
      throw UsageError("kept: '" + given.text("kept") + "' is not between 0 and 1");
    kept_ = *kept;
  }

  std::vector<std::string> targets() const override { return node_targets(); }
  bool needs_lossy_disks() const override { return true; }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    id_ = order.id;
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_alive);
    for (const Node& node : nodes)
      if (arena.cluster.disk(node) == nullptr)
        throw EnvironmentError("the disk of " + node.name + " cannot lose anything");
    for (const Node& node : nodes) arena.downs->take(node.name, id_);
    for (const Node& node : nodes) victims_.push_back({node, arena.cluster.status(node).pid});
    await_unsynced(arena, std::min(deadline, Clock::now() + pending_patience));
    go_dark(arena, nodes);
    for (const Node& node : nodes) arena.cluster.signal(node, SIGKILL);
    for (Victim& victim : victims_) {
      if (!arena.cluster.await(victim.node, Life::gone, Clock::now() + death_patience))
        throw HarnessError(victim.node.name + " did not die");
      Disk& disk = *arena.cluster.disk(victim.node);
      const DiskCounts before = disk.counts();
      const DiskCounts after = disk.lose(kept_, rng.next());
      victim.pages = after.lost_pages - before.lost_pages;
      victim.names = after.lost_names - before.lost_names;
    }
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !victims_.empty()};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      evidence.holds = evidence.holds && status.pid == victim.pid && status.life == Life::gone;
      evidence.add(victim.node.name + ": " + (status.pid == victim.pid ? status.ending : "runs") +
                   (victim.in_fsync ? " in the middle of an fsync" : "") + ", " +
                   std::to_string(victim.pages) + " pages and " + std::to_string(victim.names) +
                   " names lost");
    }
    return evidence;
  }

  // Every server that is gone, not only our victims: one that found its own log too
  // short gives up at once, and may get on with other neighbours the next time.
  void heal(Arena& arena, Deadline /*deadline*/) override {
    for (const Victim& victim : victims_) arena.cluster.disk(victim.node)->hold_fsyncs(Nanos{0});
    arena.downs->let_go(id_);
    for (const Node& node : arena.cluster.nodes()) start_unless_held(arena, node, id_);
    if (Network* network = arena.cluster.network()) network->remove(id_);
  }

  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool held = arena.downs->is_held(victim.node.name, id_);
      const bool back = status.pid != victim.pid && is_alive(status.life);
      evidence.holds = evidence.holds && (back || held);
      evidence.add(victim.node.name + (back   ? ": process " + std::to_string(status.pid) + " runs"
                                       : held ? " is kept down by another fault"
                                              : " is down: " + status.ending));
    }
    return evidence;
  }

 private:
  struct Victim {
    Node node;
    pid_t pid;
    bool in_fsync = false;
    std::uint64_t pages = 0, names = 0;
  };

  // Where nobody writes the power goes all the same.
  void await_unsynced(Arena& arena, Deadline deadline) {
    for (const Victim& victim : victims_)
      arena.cluster.disk(victim.node)->hold_fsyncs(left(deadline) + death_patience);
    const Deadline no_fsync_comes = Clock::now() + fsync_patience;
    const std::stop_source nobody;
    bool all = false;
    do {
      all = true;
      for (Victim& victim : victims_) {
        const DiskCounts counts = arena.cluster.disk(victim.node)->counts();
        const bool unsynced = counts.unsynced_pages > 0;
        victim.in_fsync = unsynced && counts.waiting_fsyncs > 0;
        all = all && (victim.in_fsync || (unsynced && Clock::now() > no_fsync_comes));
      }
    } while (!all && Clock::now() < deadline && sleep_for(look_every, nobody.get_token()));
  }

  void go_dark(Arena& arena, const std::vector<Node>& nodes) const {
    Network* network = arena.cluster.network();
    if (network == nullptr) return;
    LinkMatrix links(static_cast<int>(arena.cluster.nodes().size()));
    for (const Node& node : nodes)
      for (int other = 0; other <= links.nodes(); ++other)
        if (other != node.id) links.at(node.id, other).hole = links.at(other, node.id).hole = true;
    network->overlay(id_, links);
  }

  double kept_ = 0;
  std::string id_;
  std::vector<Victim> victims_;
};

const Register<Fault, PowerLoss> registered;

}  // namespace
}  // namespace clew
