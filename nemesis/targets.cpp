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

// "n1+n3" is n1 and n3.
std::vector<std::string> split_names(const std::string& names) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find('+', at), names.size());
    out.push_back(names.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// "n2", "n1+n3": those that fit. Throws HarnessError where none does.
std::vector<Node> named_nodes(const Arena& arena, const std::string& names,
                              const std::function<bool(Life)>& fit) {
  std::vector<Node> nodes;
  for (const std::string& name : split_names(names)) {
    const Node& node = arena.cluster.node(name);
    if (fit(arena.cluster.status(node).life)) nodes.push_back(node);
  }
  if (nodes.empty()) throw HarnessError(names + " was down or stopped already");
  return nodes;
}

// "A->B" or "A<->B".
struct LinkEnds {
  std::string from{}, to{};
  bool both = false;
};

std::optional<LinkEnds> ends_of(const std::string& text) {
  const std::size_t both = text.find("<->");
  const std::size_t arrow = both != std::string::npos ? both : text.find("->");
  if (arrow == std::string::npos) return std::nullopt;
  const std::size_t length = both != std::string::npos ? 3 : 2;
  return LinkEnds{.from = text.substr(0, arrow),
                  .to = text.substr(arrow + length),
                  .both = both != std::string::npos};
}

std::vector<int> ids_of(std::span<const Node> nodes) {
  std::vector<int> ids;
  for (const Node& node : nodes) ids.push_back(node.id);
  return ids;
}

// One end of a link target; "others" are the nodes that are not the other end. Both
// draws start from the same numbers, so that "one" is the same node wherever it stands.
std::vector<int> end_of(const Arena& arena, const std::string& end, const std::string& other,
                        Rng rng, Deadline deadline) {
  if (end == "clients") return {0};
  if (end != "others") return ids_of(pick_nodes(arena, end, rng, deadline));
  std::vector<int> ids = ids_of(arena.cluster.nodes());
  if (other == "clients") return ids;
  for (const Node& node : pick_nodes(arena, other, rng, deadline)) std::erase(ids, node.id);
  return ids;
}

void connect(DirectedLinks& links, const std::vector<int>& from, const std::vector<int>& to) {
  for (const int a : from)
    for (const int b : to)
      if (a != b) links.emplace_back(a, b);
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
  if (target == "leader") return named_nodes(arena, find_leader(arena, deadline).name, fit);
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
  } else if (target != "one" && !target.empty()) {
    return named_nodes(arena, target, fit);
  }
  std::erase_if(nodes, [&](const Node& node) { return !fit(arena.cluster.status(node).life); });
  if (nodes.empty()) throw HarnessError("every node it could hit was down or stopped already");
  nodes.resize(std::min(count, nodes.size()));
  std::sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) { return a.id < b.id; });
  return nodes;
}

Network& need_network(const Arena& arena, const std::string& shaped) {
  if (Network* network = arena.cluster.network()) return *network;
  throw EnvironmentError("this cluster's links cannot be " + shaped);
}

std::optional<HitTarget> parse_hit_target(const std::string& text) {
  for (const std::string_view prefix : {"hit:", "not-hit:"})
    if (text.starts_with(prefix))
      return HitTarget{.id = text.substr(prefix.size()), .others = prefix == "not-hit:"};
  return std::nullopt;
}

bool is_target(const std::vector<std::string>& targets, const std::string& word,
               std::span<const std::string> nodes) {
  const auto takes = [&](const std::string& target) {
    return std::find(targets.begin(), targets.end(), target) != targets.end();
  };
  if (takes(word)) return true;
  if (takes("links") && is_link_target(word, nodes)) return true;
  return takes("one") && are_nodes(word, nodes);
}

bool are_nodes(const std::string& names, std::span<const std::string> nodes) {
  for (const std::string& name : split_names(names)) {
    const bool plausible = name.size() > 1 && name[0] == 'n' &&
                           name.find_first_not_of("0123456789", 1) == std::string::npos;
    const bool known = std::find(nodes.begin(), nodes.end(), name) != nodes.end();
    if (nodes.empty() ? !plausible : !known) return false;
  }
  return true;
}

std::vector<std::string> link_targets() {
  std::vector<std::string> targets = node_targets();
  targets.emplace_back("links");
  return targets;
}

bool is_link_target(const std::string& text, std::span<const std::string> nodes) {
  const auto ends = ends_of(text);
  if (!ends) return false;
  const std::vector<std::string> words = node_targets();
  for (const std::string& end : {ends->from, ends->to})
    if (end != "others" && end != "clients" && !are_nodes(end, nodes) &&
        std::find(words.begin(), words.end(), end) == words.end())
      return false;
  return !(ends->from == ends->to && (ends->from == "others" || ends->from == "clients"));
}

PickedLinks pick_links(const Arena& arena, const std::string& target, Rng& rng, Deadline deadline) {
  const std::vector<int> all = ids_of(arena.cluster.nodes());
  PickedLinks picked;
  DirectedLinks& links = picked.links;
  if (target == "links") {
    connect(links, all, all);
    rng.shuffle(links);
    const auto most = static_cast<std::int64_t>(std::max<std::size_t>(links.size() / 2, 1));
    links.resize(std::min(links.size(), static_cast<std::size_t>(rng.between(1, most))));
  } else if (const auto ends = ends_of(target)) {
    picked.nodes = end_of(arena, ends->from, ends->to, rng, deadline);
    const std::vector<int> to = end_of(arena, ends->to, ends->from, rng, deadline);
    connect(links, picked.nodes, to);
    if (ends->both) connect(links, to, picked.nodes);
  } else {
    picked.nodes = ids_of(pick_nodes(arena, target, rng, deadline));
    connect(links, picked.nodes, all);
    connect(links, all, picked.nodes);
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  if (links.empty()) throw HarnessError("there is no link '" + target + "'");
  return picked;
}

Value hit_links(const Arena& arena, const PickedLinks& picked) {
  const auto name = [&](int id) {
    return id == 0 ? std::string("clients")
                   : arena.cluster.nodes()[static_cast<std::size_t>(id - 1)].name;
  };
  Value::List nodes, links;
  for (const int id : picked.nodes)
    if (id != 0) nodes.emplace_back(name(id));
  for (const auto& [from, to] : picked.links) links.emplace_back(name(from) + "->" + name(to));
  return Value::object({{"nodes", std::move(nodes)}, {"links", std::move(links)}});
}

Value hit_nodes(const std::vector<Node>& nodes) {
  std::map<int, std::string> names;
  for (const Node& node : nodes) names[node.id] = node.name;
  Value::List list;
  for (const auto& [id, name] : names) list.emplace_back(name);
  return Value::object({{"nodes", std::move(list)}});
}

}  // namespace clew
