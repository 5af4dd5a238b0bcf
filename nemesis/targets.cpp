#include "nemesis/targets.h"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "harness/error.h"

namespace clew {
namespace {

constexpr auto ask_patience = std::chrono::milliseconds(250);  // A paused node never answers.
constexpr auto ask_again_after = std::chrono::milliseconds(20);

using Claims = std::vector<std::optional<Leadership>>;  // By place of the node.

Claims ask_all(const Arena& arena, HasPrimary& primary, Deadline deadline) {
  const auto nodes = arena.cluster.nodes();
  Claims claims(nodes.size());
  const Deadline answer_by = std::min(deadline, Clock::now() + ask_patience);
  std::vector<std::jthread> askers;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (arena.cluster.status(nodes[i]).life != Life::running) continue;
    askers.emplace_back([&, i] {
      try {
        claims[i] = primary.leadership(arena.cluster, nodes[i], answer_by);
      } catch (const std::exception&) {  // As good as no answer: there is a next time.
      }
    });
  }
  askers.clear();
  return claims;
}

struct Candidate {
  const Node* node = nullptr;
  std::int64_t term = -1;
  bool by_majority = false;
};

// Of the nodes that claim to lead, the one with the highest term.
Candidate best_candidate(std::span<const Node> nodes, const Claims& claims) {
  std::map<std::pair<std::string, std::int64_t>, std::size_t> named;
  for (const auto& claim : claims)
    if (claim && !claim->leader.empty()) ++named[{claim->leader, claim->term}];
  Candidate best;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& claim = claims[i];
    if (!claim || claim->leader != nodes[i].name || claim->term <= best.term) continue;
    best = {&nodes[i], claim->term, named[{claim->leader, claim->term}] > nodes.size() / 2};
  }
  return best;
}

Node named_node(const Arena& arena, const std::string& name, const std::function<bool(Life)>& fit) {
  const Node& node = arena.cluster.node(name);
  if (!fit(arena.cluster.status(node).life))
    throw HarnessError(name + " was down or stopped already");
  return node;
}

}  // namespace

Node find_leader(const Arena& arena, Deadline deadline) {
  auto* primary = dynamic_cast<HasPrimary*>(&arena.system);
  if (primary == nullptr) throw HarnessError("this system has no leader to aim at");
  Candidate best;
  do {
    best = best_candidate(arena.cluster.nodes(), ask_all(arena, *primary, deadline));
    if (best.by_majority) return *best.node;
    std::this_thread::sleep_for(std::min<Nanos>(left(deadline), ask_again_after));
  } while (left(deadline) > Nanos{0});
  if (best.node == nullptr) throw HarnessError("no leader was known");
  return *best.node;
}

std::vector<std::string> node_targets() {
  return {"one", "minority", "majority", "all", "leader", "follower"};
}

std::vector<Node> pick_nodes(const Arena& arena, const std::string& target, Rng& rng,
                             Deadline deadline, const std::function<bool(Life)>& fit) {
  std::vector<Node> nodes(arena.cluster.nodes().begin(), arena.cluster.nodes().end());
  const std::size_t all = nodes.size();
  rng.shuffle(nodes);  // First of all: the draw does not depend on who is down.
  if (target == "leader") return {named_node(arena, find_leader(arena, deadline).name, fit)};
  std::size_t count = 1;  // one, follower
  if (target == "minority") {
    count = std::max<std::size_t>((all - 1) / 2, 1);
  } else if (target == "majority") {
    count = all / 2 + 1;
  } else if (target == "all") {
    count = all;
  } else if (target == "follower") {
    const Node leader = find_leader(arena, deadline);
    std::erase_if(nodes, [&](const Node& node) { return node.id == leader.id; });
  } else if (target != "one") {
    return {named_node(arena, target, fit)};
  }
  std::erase_if(nodes, [&](const Node& node) { return !fit(arena.cluster.status(node).life); });
  if (nodes.empty()) throw HarnessError("every node it could hit was down or stopped already");
  nodes.resize(std::min(count, nodes.size()));
  std::sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) { return a.id < b.id; });
  return nodes;
}

Value hit_nodes(const std::vector<Node>& nodes) {
  std::map<int, std::string> names;
  for (const Node& node : nodes) names[node.id] = node.name;
  Value::List list;
  for (const auto& [id, name] : names) list.emplace_back(name);
  return Value::object({{"nodes", std::move(list)}});
}

}  // namespace clew
