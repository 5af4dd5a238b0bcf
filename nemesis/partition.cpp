// partition: cuts links between nodes, silently, both ways or one way.
//
// A cut link swallows every frame: no reset, no refusal, as when a switch dies.
// Clients keep reaching nodes on both sides, so that a leader that has been cut
// off and does not know it yet is asked, and its answers are judged.

#include <array>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/shapes.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

class Partition final : public Fault {
 public:
  static constexpr std::string_view name = "partition";
  static constexpr std::string_view summary = "cuts links between nodes";
  static constexpr std::array<OptionSpec, 0> options{};

  explicit Partition(const Options& /*options*/) {}

  std::vector<std::string> targets() const override {
    return {"halves", "one", "leader", "majority-ring", "bridge", "one-way"};
  }

  Value inject(Arena& arena, const std::string& id, const std::string& target, Rng& rng,
               Deadline deadline) override {
    Network& network = network_of(arena);
    const int nodes = static_cast<int>(arena.cluster.nodes().size());
    if (nodes < 2) throw HarnessError("a cluster of one has no links to cut");
    std::vector<std::vector<int>> groups;
    cut_ = draw(arena, target, nodes, groups, rng, deadline);
    id_ = id;
    before_ = dropped(network);
    network.overlay(id, holes(nodes, cut_));
    return describe(arena, target, groups);
  }

  Evidence verify(Arena& arena) override {
    const auto now = dropped(network_of(arena));
    std::uint64_t frames = 0;
    std::size_t links = 0;
    for (std::size_t i = 0; i < cut_.size(); ++i) {
      frames += now[i] - before_[i];
      links += now[i] > before_[i] ? 1U : 0U;
    }
    return {.holds = frames > 0,
            .text = std::to_string(frames) + " frames dropped on " + std::to_string(links) +
                    " of " + std::to_string(cut_.size()) + " cut links"};
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    Network& network = network_of(arena);
    network.remove(id_);
    after_ = passed(network);
  }

  // Frames pass again, or at least nothing of ours holds them up any more: two
  // nodes that are down have nothing to say to each other.
  Evidence verify_healed(Arena& arena) override {
    Network& network = network_of(arena);
    const LinkMatrix in_force = network.in_force();
    std::size_t open = 0;
    for (const auto& [from, to] : cut_) open += in_force.at(from, to).hole ? 0U : 1U;
    const auto now = passed(network);
    std::uint64_t frames = 0;
    for (std::size_t i = 0; i < cut_.size() && i < after_.size(); ++i) frames += now[i] - after_[i];
    return {.holds = frames > 0,
            .text = std::to_string(frames) + " frames passed since on the links that were cut; " +
                    std::to_string(open) + " of " + std::to_string(cut_.size()) + " are open"};
  }

 private:
  static Network& network_of(Arena& arena) {
    if (arena.cluster.network() == nullptr)
      throw EnvironmentError("this cluster's links cannot be cut");
    return *arena.cluster.network();
  }

  static Cut draw(const Arena& arena, const std::string& target, int nodes,
                  std::vector<std::vector<int>>& groups, Rng& rng, Deadline deadline) {
    if (target == "halves") return cut_halves(nodes, rng, groups);
    if (target == "one") return cut_off(nodes, static_cast<int>(rng.between(1, nodes)), groups);
    if (target == "leader") return cut_off(nodes, find_leader(arena, deadline).id, groups);
    if (target == "majority-ring") return cut_majority_ring(nodes, rng, groups);
    if (target == "bridge") return cut_bridge(nodes, rng, groups);
    if (target == "one-way") return cut_one_way(nodes, rng, groups);
    return cut_off(nodes, arena.cluster.node(target).id, groups);
  }

  static Value describe(const Arena& arena, const std::string& target,
                        const std::vector<std::vector<int>>& groups) {
    Value::List list;
    for (const auto& group : groups) {
      Value::List names;
      for (const int id : group)
        names.emplace_back(arena.cluster.nodes()[static_cast<std::size_t>(id - 1)].name);
      list.emplace_back(std::move(names));
    }
    if (target == "one-way") return Value::object({{"from", list.at(0)}, {"to", list.at(1)}});
    // In a ring each node has its own view: these are no sides of a cut.
    return Value::object({{target == "majority-ring" ? "views" : "cut", std::move(list)}});
  }

  std::vector<std::uint64_t> dropped(const Network& network) const {
    std::vector<std::uint64_t> counts;
    for (const auto& [from, to] : cut_) counts.push_back(network.count(from, to).dropped);
    return counts;
  }
  std::vector<std::uint64_t> passed(const Network& network) const {
    std::vector<std::uint64_t> counts;
    for (const auto& [from, to] : cut_) {
      const LinkCount count = network.count(from, to);
      counts.push_back(count.frames - count.dropped);
    }
    return counts;
  }

  std::string id_;
  Cut cut_;
  std::vector<std::uint64_t> before_, after_;
};

const Register<Fault, Partition> registered;

}  // namespace
}  // namespace clew
