#include "nemesis/targets.h"

#include <algorithm>
#include <thread>

#include "harness/error.h"

namespace clew {
namespace {

constexpr auto ask_patience = std::chrono::milliseconds(250);  // A paused node never answers.
constexpr auto ask_again_after = std::chrono::milliseconds(20);

}  // namespace

Node find_leader(const Arena& arena, Deadline deadline) {
  auto* primary = dynamic_cast<HasPrimary*>(&arena.system);
  if (primary == nullptr) throw HarnessError("this system has no leader to aim at");
  do {
    std::string leader;
    std::int64_t term = -1;
    for (const Node& node : arena.cluster.nodes()) {
      if (arena.cluster.status(node).life != Life::running) continue;
      const auto claim =
          primary->leadership(arena.cluster, node, std::min(deadline, Clock::now() + ask_patience));
      if (!claim || claim->leader.empty() || claim->term <= term) continue;
      leader = claim->leader;
      term = claim->term;
    }
    // A node that is down may still be remembered as the leader by the others.
    if (!leader.empty() && arena.cluster.status(arena.cluster.node(leader)).life == Life::running)
      return arena.cluster.node(leader);
    std::this_thread::sleep_for(ask_again_after);
  } while (left(deadline) > Nanos{0});
  throw HarnessError("no leader was known");
}

std::vector<std::string> node_targets() {
  return {"one", "minority", "majority", "all", "leader", "follower"};
}

std::vector<Node> pick_nodes(const Arena& arena, const std::string& target, Rng& rng,
                             Deadline deadline) {
  std::vector<Node> nodes(arena.cluster.nodes().begin(), arena.cluster.nodes().end());
  const std::size_t minority = (nodes.size() - 1) / 2;
  rng.shuffle(nodes);
  const auto first = [&](std::size_t count) {
    nodes.resize(std::clamp<std::size_t>(count, 1, nodes.size()));
    return nodes;
  };
  if (target == "one") return first(1);
  if (target == "minority") return first(minority);
  if (target == "majority") return first(nodes.size() / 2 + 1);
  if (target == "all") return nodes;
  if (target == "leader") return {find_leader(arena, deadline)};
  if (target == "follower") {
    const Node leader = find_leader(arena, deadline);
    std::erase_if(nodes, [&](const Node& node) { return node.id == leader.id; });
    if (nodes.empty()) throw HarnessError("a cluster of one has no follower");
    return first(1);
  }
  return {arena.cluster.node(target)};
}

Value hit_nodes(const std::vector<Node>& nodes) {
  std::vector<std::string> names;
  for (const Node& node : nodes) names.push_back(node.name);
  std::sort(names.begin(), names.end());
  Value::List list;
  for (std::string& name : names) list.emplace_back(std::move(name));
  return Value::object({{"nodes", std::move(list)}});
}

}  // namespace clew
