// memory: servers that get no more memory than they have.
//
// RLIMIT_DATA of the process, from outside: what it asks for beyond that and `room`
// MiB more is refused by the kernel. Programs that cannot go on without end by
// themselves, in the middle of whatever they were doing, with or without saying so;
// healing lifts the limit and starts those again. Needs no cgroup.

#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/servers.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t most_room = 1 << 20;  // MiB.

// What RLIMIT_DATA counts, in bytes; nothing of a process that is gone.
std::optional<std::int64_t> data_size(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmData:")) return 1024 * std::stoll(line.substr(7));
  return std::nullopt;
}

class Memory final : public Fault {
 public:
  static constexpr std::string_view name = "memory";
  static constexpr std::string_view summary = "servers that get no more memory than they have";
  static constexpr std::array<OptionSpec, 1> options{{
      {"room", OptionSpec::Kind::number, "0", "how many MiB it still gets"},
  }};

  explicit Memory(const Options& given) : room_(given.number("room")) {
    if (room_ < 0 || room_ > most_room)
      throw UsageError("room: must be 0 to " + std::to_string(most_room) + " MiB");
  }

  std::vector<std::string> targets() const override { return node_targets(); }

  Parameters draw(const std::string& /*kind*/, double strength, Rng& rng) const override {
    const auto most = static_cast<std::int64_t>(32 * (1 - strength));
    return {{"room", std::to_string(rng.between(0, most))}};
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_alive);
    for (const Node& node : nodes) limit(node, arena.cluster.status(node).pid);
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !victims_.empty()};
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool ours = status.pid == victim.pid;
      rlimit now{};
      const bool limited = ours && is_alive(status.life) &&
                           ::prlimit(victim.pid, RLIMIT_DATA, nullptr, &now) == 0 &&
                           now.rlim_cur == victim.most;
      const bool died = ours && status.life == Life::gone && status.ending != "killed by SIGKILL";
      evidence.holds = evidence.holds && (limited || died);
      evidence.add(victim.node.name +
                   (limited ? ": has " + std::to_string(data_size(victim.pid).value_or(0) / mib) +
                                  " MiB, gets " + std::to_string(victim.most / mib) + " at most"
                    : ours ? ": its server " + status.ending
                           : ": has another server"));
    }
    return evidence;
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    for (const Victim& victim : victims_) {
      const ProcessStatus status = arena.cluster.status(victim.node);
      if (status.pid == victim.pid && is_alive(status.life) &&
          ::prlimit(victim.pid, RLIMIT_DATA, &victim.before, nullptr) != 0 && errno != ESRCH)
        throw HarnessError(errno_text("prlimit()", errno));
      start_unless_held(arena, victim.node, "");
    }
  }

  // One that was just dying when the limit was lifted is started again here.
  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Victim& victim : victims_) {
      start_unless_held(arena, victim.node, "");
      const ProcessStatus status = arena.cluster.status(victim.node);
      const bool well = is_alive(status.life) || arena.downs->is_held(victim.node.name, "");
      evidence.holds = evidence.holds && well;
      evidence.add(victim.node.name +
                   (is_alive(status.life) ? " runs" : " is down: " + status.ending));
    }
    return evidence;
  }

 private:
  struct Victim {
    Node node;
    pid_t pid;
    rlimit before{};
    rlim_t most = 0;
  };

  void limit(const Node& node, pid_t pid) {
    Victim victim{.node = node, .pid = pid};
    const auto size = data_size(pid);
    if (!size || ::prlimit(pid, RLIMIT_DATA, nullptr, &victim.before) != 0)
      throw HarnessError(node.name + " is gone");
    victim.most = static_cast<rlim_t>(*size + room_ * mib);
    // The hard limit stays: whoever lowers it cannot raise it again.
    const rlimit wanted{.rlim_cur = victim.most, .rlim_max = victim.before.rlim_max};
    if (::prlimit(pid, RLIMIT_DATA, &wanted, nullptr) != 0)
      throw HarnessError(node.name + ": " + errno_text("prlimit()", errno));
    victims_.push_back(victim);
  }

  const std::int64_t room_;
  std::vector<Victim> victims_;
};

const Register<Fault, Memory> registered;

}  // namespace
}  // namespace clew
