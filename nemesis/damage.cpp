// damage: a server is stopped, one of its files gets wrong bits, and it is started again.
//
// As after a bad sector, or a copy that went wrong. A system with checksums gives up
// or repairs itself; one without serves what nobody wrote. Healing puts a file right
// that the server did not touch, since it gave up; one that lives with the damage is
// left to live with it. Only in schedules, and when asked for: few systems promise
// anything here.

#include <signal.h>

#include <array>
#include <optional>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/servers.h"
#include "nemesis/targets.h"
#include "nemesis/wrong_bits.h"

namespace clew {
namespace {

constexpr auto death_patience = std::chrono::seconds(5);

class DamageFault final : public Fault {
 public:
  static constexpr std::string_view name = "damage";
  static constexpr std::string_view summary = "stopped servers whose files get wrong bits";
  static constexpr std::array<OptionSpec, 2> options{{
      {"file", OptionSpec::Kind::text, ".", "regex for the file's path in the data folder"},
      {"share", OptionSpec::Kind::text, "0.01", "of the file's pages, at least one"},
  }};

  explicit DamageFault(const Options& given) try
      : share_(share_of(given)), which_(given.text("file"), std::regex::ECMAScript) {
  } catch (const std::regex_error& e) {
    throw UsageError("file: '" + given.text("file") + "' is no regular expression: " + e.what());
  }

  std::vector<std::string> targets() const override { return node_targets(); }
  bool in_all() const override { return false; }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    id_ = order.id;
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_alive);
    for (const Node& node : nodes) arena.downs->take(node.name, id_);
    for (const Node& node : nodes) victims_.push_back({node, arena.cluster.status(node).pid});
    for (const Node& node : nodes) arena.cluster.signal(node, SIGKILL);
    for (Victim& victim : victims_) {
      if (!arena.cluster.await(victim.node, Life::gone, Clock::now() + death_patience))
        throw HarnessError(victim.node.name + " did not die");
      victim.bits.emplace(arena.cluster.data_dir(victim.node), which_, share_, rng);
    }
    arena.downs->let_go(id_);
    for (const Node& node : nodes) start_unless_held(arena, node, id_);
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !victims_.empty()};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool again = status.pid != victim.pid;
      evidence.holds = evidence.holds && victim.bits && again;
      evidence.add(victim.node.name + ": " + (victim.bits ? victim.bits->text() : "no wrong bits") +
                   (!again                  ? ", not started again"
                    : is_alive(status.life) ? ", its server runs"
                                            : ", its server " + status.ending));
    }
    return evidence;
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    arena.downs->let_go(id_);
    for (Victim& victim : victims_) {
      const bool gave_up = !is_alive(arena.cluster.status(victim.node).life);
      if (victim.bits && gave_up && !victim.mended) victim.mended = victim.bits->mend();
      start_unless_held(arena, victim.node, id_);
    }
  }

  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool well = is_alive(status.life) || arena.downs->is_held(victim.node.name, id_);
      evidence.holds = evidence.holds && well;
      evidence.add(
          victim.node.name +
          (victim.mended ? ": the file is right again" : ": its server had changed the file") +
          (well ? "" : ", it is down: " + status.ending));
    }
    return evidence;
  }

 private:
  struct Victim {
    Node node;
    pid_t pid;
    std::optional<WrongBits> bits{};
    bool mended = false;
  };

  const double share_;
  const std::regex which_;
  std::string id_;
  std::vector<Victim> victims_;
};

const Register<Fault, DamageFault> registered;

}  // namespace
}  // namespace clew
