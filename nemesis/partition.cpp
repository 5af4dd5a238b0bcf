// partition: cuts links between nodes, silently, both ways or one way.
//
// A cut link swallows every frame: no reset, no refusal, as when a switch dies.
// Clients keep reaching nodes on both sides, so that a leader that has been cut
// off and does not know it yet is asked, and its answers are judged.

#include <algorithm>
#include <array>
#include <cstdint>

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
    cut_ = draw(arena, target, nodes, rng, deadline);
    id_ = id;
    after_.clear();
    network.overlay(id_, holes(nodes, cut_));
    before_ = count(network);
    return describe(arena, target);
  }

  // The cut holds when frames have run into it and none has come through since
  // it was made. Frames that nobody sends prove nothing: then it waits.
  Evidence verify(Arena& arena) override {
    Network& network = network_of(arena);
    const Traffic since = traffic_since(before_, count(network));
    const std::size_t links = cut_.links.size();
    const std::size_t holes = links - open_links(network);
    return {.holds = since.dropped > 0 && since.passed == 0 && holes == links,
            .text = frames(since.dropped) + " dropped on " + std::to_string(since.links_dropping) +
                    " of " + std::to_string(links) + " cut links, " +
                    (since.passed == 0 ? "none" : grouped(since.passed)) + " passed" +
                    (holes == links ? "" : "; " + std::to_string(links - holes) + " are open")};
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    Network& network = network_of(arena);
    network.remove(id_);
    after_ = count(network);
  }

  // Nothing of this cut is left, and frames pass again where it was. Between two
  // nodes that are down, or that another fault keeps apart, there may be none.
  Evidence verify_healed(Arena& arena) override {
    Network& network = network_of(arena);
    const Traffic since = traffic_since(after_, count(network));
    return {.holds = since.passed > 0,
            .text = frames(since.passed) + " passed since on the links that were cut; " +
                    std::to_string(open_links(network)) + " of " +
                    std::to_string(cut_.links.size()) + " are open"};
  }

 private:
  struct Traffic {
    std::int64_t dropped = 0;
    std::int64_t passed = 0;
    std::size_t links_dropping = 0;
  };

  static Network& network_of(const Arena& arena) {
    if (arena.cluster.network() == nullptr)
      throw EnvironmentError("this cluster's links cannot be cut");
    return *arena.cluster.network();
  }

  static Cut draw(const Arena& arena, const std::string& target, int nodes, Rng& rng,
                  Deadline deadline) {
    if (target == "halves") return cut_halves(nodes, rng);
    if (target == "one") return cut_off(nodes, static_cast<int>(rng.between(1, nodes)));
    if (target == "leader") return cut_off(nodes, find_leader(arena, deadline).id);
    if (target == "majority-ring") return cut_majority_ring(nodes, rng);
    if (target == "bridge") return cut_bridge(nodes, rng);
    if (target == "one-way") return cut_one_way(nodes, rng);
    return cut_off(nodes, arena.cluster.node(target).id);
  }

  Value describe(const Arena& arena, const std::string& target) const {
    Value::List groups;
    for (const auto& group : cut_.groups) {
      Value::List names;
      for (const int id : group)
        names.emplace_back(arena.cluster.nodes()[static_cast<std::size_t>(id - 1)].name);
      groups.emplace_back(std::move(names));
    }
    if (target == "one-way") return Value::object({{"from", groups.at(0)}, {"to", groups.at(1)}});
    // In a ring each node has its own view: these are no sides of a cut.
    return Value::object({{target == "majority-ring" ? "views" : "cut", std::move(groups)}});
  }

  std::vector<LinkCount> count(const Network& network) const {
    std::vector<LinkCount> counts;
    for (const auto& [from, to] : cut_.links) counts.push_back(steady_count(network, from, to));
    return counts;
  }

  // A frame is counted as it enters and again as it is dropped: between the two
  // it would look as if it had passed.
  static LinkCount steady_count(const Network& network, int from, int to) {
    LinkCount count = network.count(from, to);
    for (int tries = 0; tries < 10; ++tries) {
      const LinkCount again = network.count(from, to);
      if (again.frames == count.frames && again.dropped == count.dropped) break;
      count = again;
    }
    return count;
  }

  static Traffic traffic_since(const std::vector<LinkCount>& then,
                               const std::vector<LinkCount>& now) {
    Traffic traffic;
    for (std::size_t i = 0; i < then.size(); ++i) {
      const auto entered = static_cast<std::int64_t>(now[i].frames - then[i].frames);
      const auto dropped = static_cast<std::int64_t>(now[i].dropped - then[i].dropped);
      traffic.dropped += dropped;
      traffic.links_dropping += dropped > 0 ? 1U : 0U;
      traffic.passed += std::max<std::int64_t>(entered - dropped, 0);
    }
    return traffic;
  }

  std::size_t open_links(const Network& network) const {
    const LinkMatrix in_force = network.in_force();
    return static_cast<std::size_t>(std::count_if(
        cut_.links.begin(), cut_.links.end(),
        [&](const auto& link) { return !in_force.at(link.first, link.second).hole; }));
  }

  // "1,204"
  static std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
  }
  static std::string frames(std::int64_t number) {
    return grouped(number) + (number == 1 ? " frame" : " frames");
  }

  std::string id_;
  Cut cut_;
  std::vector<LinkCount> before_, after_;  // By place in the cut's links; none: not yet.
};

const Register<Fault, Partition> registered;

}  // namespace
}  // namespace clew
