// disk: the disks of some nodes are slow, full, broken, or lie.
//
//   slow-fsync    each fsync takes `by` longer
//   lying-fsync   fsync says ok and keeps nothing: a power-loss shows it
//   fsync-error   a `share` of the fsyncs fails with EIO; so write-error, read-error
//   full          what needs more room fails with ENOSPC
//   bit-rot       in a `share` of the reads one bit is wrong
//
// A server may die of it, and should: healing starts it again. Only the first and
// those that fail loudly are drawn; no system survives lies or rot on a majority.
// Of two on one node the later one counts.

#include <array>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/servers.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr auto dying_patience = std::chrono::milliseconds(500);

class DiskFault final : public Fault {
 public:
  static constexpr std::string_view name = "disk";
  static constexpr std::string_view summary = "disks that are slow, full, broken, or lie";
  static constexpr std::array<OptionSpec, 2> options{{
      {"by", OptionSpec::Kind::duration, "300ms", "how much longer an fsync takes"},
      {"share", OptionSpec::Kind::text, "0.2", "of the calls that fail, or of the reads"},
  }};

  explicit DiskFault(const Options& given) : by_(given.duration("by")), share_(share_of(given)) {
    if (by_ > std::chrono::seconds(60)) throw UsageError("by: must be at most 60 s");
  }

  std::vector<std::string> kinds() const override {
    return {"slow-fsync", "lying-fsync", "fsync-error", "write-error",
            "read-error", "full",        "bit-rot"};
  }
  std::vector<std::string> drawn_kinds() const override {
    return {"slow-fsync", "fsync-error", "write-error", "full"};
  }
  std::vector<std::string> targets() const override { return node_targets(); }
  bool needs_lossy_disks() const override { return true; }
  Parameters draw(const std::string& kind, double strength, Rng& rng) const override {
    if (kind == "slow-fsync")
      return {
          {"by",
           std::to_string(1 + rng.between(0, static_cast<std::int64_t>(1000 * strength))) + "ms"}};
    if (kind == "full") return {};
    return {{"share", rng.chance(0.5) ? "0.05" : "1"}};
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    kind_ = order.kind;
    nodes_ = pick_nodes(arena, order.target, rng, deadline, is_alive);
    for (const Node& node : nodes_) before_.push_back(disk_of(arena, node).counts());
    for (const Node& node : nodes_) disk_of(arena, node).set(rules());
    return hit_nodes(nodes_);
  }

  // Each disk has done it to its server.
  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !nodes_.empty()};
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto [count, what] = effect(before_[i], disk_of(arena, nodes_[i]).counts());
      evidence.holds = evidence.holds && count > 0;
      const ProcessStatus status = arena.cluster.status(nodes_[i]);
      evidence.add(nodes_[i].name + ": " + std::to_string(count) + " " + what +
                   (status.life == Life::gone ? ", its server " + status.ending : ""));
    }
    return evidence;
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    for (const Node& node : nodes_) disk_of(arena, node).set({});
    // Who was given an error gives up, but not in the same instant.
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (disk_of(arena, nodes_[i]).counts().errors > before_[i].errors)
        arena.cluster.await(nodes_[i], Life::gone, Clock::now() + dying_patience);
    start_the_dead(arena);
  }

  // One that was just dying when its disk was healed is started again here.
  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    start_the_dead(arena);
    for (const Node& node : nodes_) {
      const ProcessStatus status = arena.cluster.status(node);
      const bool well = is_alive(status.life) || arena.downs->is_held(node.name, "");
      evidence.holds = evidence.holds && well;
      evidence.add(node.name + (is_alive(status.life) ? " runs" : " is down: " + status.ending));
    }
    return evidence;
  }

 private:
  void start_the_dead(Arena& arena) const {
    for (const Node& node : nodes_) start_unless_held(arena, node, "");
  }

  static Disk& disk_of(const Arena& arena, const Node& node) {
    Disk* disk = arena.cluster.disk(node);
    if (disk == nullptr) throw EnvironmentError("the disk of " + node.name + " is an ordinary one");
    return *disk;
  }

  DiskRules rules() const {
    DiskRules rules;
    if (kind_ == "slow-fsync") rules.slow_fsync = by_;
    if (kind_ == "lying-fsync") rules.lying_fsync = true;
    if (kind_ == "fsync-error") rules.fsync_error = share_;
    if (kind_ == "write-error") rules.write_error = share_;
    if (kind_ == "read-error") rules.read_error = share_;
    if (kind_ == "full") rules.full = true;
    if (kind_ == "bit-rot") rules.rotten_read = share_;
    return rules;
  }

  std::pair<std::uint64_t, std::string> effect(const DiskCounts& then,
                                               const DiskCounts& now) const {
    if (kind_ == "slow-fsync")
      return {now.slowed - then.slowed, "fsyncs " + format_duration(by_) + " slower"};
    if (kind_ == "lying-fsync") return {now.lied - then.lied, "fsyncs that kept nothing"};
    if (kind_ == "full") return {now.refused - then.refused, "calls refused: no space left"};
    if (kind_ == "bit-rot") return {now.rotten - then.rotten, "reads with a wrong bit"};
    return {now.errors - then.errors, "calls failed: input/output error"};
  }

  Nanos by_;
  double share_;
  std::string kind_;
  std::vector<Node> nodes_;
  std::vector<DiskCounts> before_;
};

const Register<Fault, DiskFault> registered;

}  // namespace
}  // namespace clew
