// partition: cuts links between nodes, silently, both ways or one way.
//
// A cut link swallows every frame: no reset, no refusal, as when a switch dies.
// Clients keep reaching nodes on both sides, so that a leader that has been cut
// off and does not know it yet is asked, and its answers are judged; unless
// `clients` is asked for, which cuts the first side of the cut from them too.
// `flap` opens and closes the cut again and again, as a loose cable does.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/shapes.h"
#include "nemesis/targets.h"
#include "nemesis/traffic.h"

namespace clew {
namespace {

constexpr Nanos shortest_flap = std::chrono::milliseconds(5);

class Partition final : public Fault {
 public:
  static constexpr std::string_view name = "partition";
  static constexpr std::string_view summary = "cuts links between nodes";
  static constexpr std::array<OptionSpec, 2> options{{
      {"flap", OptionSpec::Kind::duration, "",
       "opens the cut for this long, closes it for as long, and so on"},
      {"clients", OptionSpec::Kind::flag, "", "cuts off the clients of the first side too"},
  }};

  explicit Partition(const Options& given)
      : flap_(duration_of_at_least(given, "flap", shortest_flap)),
        clients_too_(given.flag("clients")) {}

  std::vector<std::string> targets() const override {
    return {"halves", "one", "leader", "majority-ring", "bridge", "one-way", "links"};
  }

  Parameters draw(const std::string& /*kind*/, double strength, Rng& rng) const override {
    Parameters parameters;
    if (rng.chance(strength / 4))
      parameters.emplace_back("flap", std::to_string(rng.between(50, 500)) + "ms");
    if (rng.chance(strength / 6)) parameters.emplace_back("clients", "true");
    return parameters;
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    Network& network = network_of(arena);
    const int nodes = static_cast<int>(arena.cluster.nodes().size());
    cut_ = draw_cut(arena, order.target, nodes, rng, deadline);
    if (clients_too_ && order.target != "majority-ring")
      for (const int id : cut_.groups.at(0))
        cut_.links.insert(cut_.links.end(), {{0, id}, {id, 0}});
    id_ = order.id;
    network.overlay(id_, holes(nodes, cut_));
    traffic_ = Traffic(network, cut_.links);
    if (flap_ > Nanos{0})
      flapping_ = std::jthread([this, &network, nodes](const std::stop_token& stop) {
        keep_flapping(network, nodes, stop);
      });
    return describe(arena, order.target);
  }

  // The cut holds when frames have run into it and none has come through since
  // it was made. Frames that nobody sends prove nothing: then it waits.
  Evidence verify(Arena& arena) override {
    Network& network = network_of(arena);
    const Traffic::Sum since = traffic_.since(network);
    const std::size_t links = cut_.links.size();
    const std::string dropped = frames(since.dropped) + " dropped on " +
                                std::to_string(since.links_dropping) + " of " +
                                std::to_string(links) + " cut links, ";
    if (flap_ > Nanos{0})
      return {.holds = since.dropped > 0,
              .text = dropped + "opened and closed " + std::to_string(flaps_) + " times"};
    const std::size_t holes = links - open_links(network);
    return {.holds = since.dropped > 0 && since.passed == 0 && holes == links,
            .text = dropped + (since.passed == 0 ? "none" : grouped_number(since.passed)) +
                    " passed" +
                    (holes == links ? "" : "; " + std::to_string(links - holes) + " are open")};
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    flapping_ = {};  // Asks it to stop, and waits.
    Network& network = network_of(arena);
    network.remove(id_);
    traffic_ = Traffic(network, cut_.links);
  }

  // Nothing of this cut is left, and frames pass again where it was. Between two
  // nodes that are down, or that another fault keeps apart, there may be none.
  Evidence verify_healed(Arena& arena) override {
    Network& network = network_of(arena);
    const Traffic::Sum since = traffic_.since(network);
    return {.holds = since.passed > 0,
            .text = frames(since.passed) + " passed since on the links that were cut; " +
                    std::to_string(open_links(network)) + " of " +
                    std::to_string(cut_.links.size()) + " are open"};
  }

 private:
  static Network& network_of(const Arena& arena) { return need_network(arena, "cut"); }

  void keep_flapping(Network& network, int nodes, const std::stop_token& stop) {
    for (bool open = true; sleep_for(flap_, stop); open = !open) {
      try {
        open ? network.remove(id_) : network.overlay(id_, holes(nodes, cut_));
      } catch (const HarnessError&) {
        continue;  // The switch was busy for two seconds; the next turn tries again.
      }
      if (!open) ++flaps_;
    }
  }

  static Cut draw_cut(const Arena& arena, const std::string& target, int nodes, Rng& rng,
                      Deadline deadline) {
    if (target == "halves") return cut_halves(nodes, rng);
    if (target == "one") return cut_off(nodes, static_cast<int>(rng.between(1, nodes)));
    if (target == "leader") return cut_off(nodes, find_leader(arena, deadline).id);
    if (target == "majority-ring") return cut_majority_ring(nodes, rng);
    if (target == "bridge") return cut_bridge(nodes, rng);
    if (target == "one-way") return cut_one_way(nodes, rng);
    if (target == "links" || is_link_target(target, {})) {
      PickedLinks picked = pick_links(arena, target, rng, deadline);
      return {.links = std::move(picked.links), .groups = {std::move(picked.nodes)}};
    }
    std::vector<int> named;
    for (const Node& node : pick_nodes(arena, target, rng, deadline)) named.push_back(node.id);
    return cut_off(nodes, named);
  }

  Value describe(const Arena& arena, const std::string& target) const {
    if (target == "links" || is_link_target(target, {}))
      return hit_links(arena, {.links = cut_.links, .nodes = cut_.groups.at(0)});
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

  std::size_t open_links(const Network& network) const {
    const LinkMatrix in_force = network.in_force();
    return static_cast<std::size_t>(std::count_if(
        cut_.links.begin(), cut_.links.end(),
        [&](const auto& link) { return !in_force.at(link.first, link.second).hole; }));
  }

  Nanos flap_;
  bool clients_too_;
  std::string id_;
  Cut cut_;
  std::atomic<int> flaps_{0};
  Traffic traffic_;        // Since it was cut, or since it was healed.
  std::jthread flapping_;  // Last: it ends before the rest goes.
};

const Register<Fault, Partition> registered;

}  // namespace
}  // namespace clew
