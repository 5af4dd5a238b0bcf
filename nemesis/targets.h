#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/nemesis.h"

namespace clew {

// The node that leads now, asked of the nodes themselves, all at once. It must
// say so itself, and a majority must name it in the same term. Asks again until
// the deadline; where there is no majority by then (too many are cut off), the
// node that claims the highest term for itself. Throws HarnessError if there is
// none either, or the system has no leaders.
Node find_leader(const Arena& arena, Deadline deadline);

// What may follow the colon where a fault hits nodes.
std::vector<std::string> node_targets();

// Picks by "one" (or ""), "minority", "majority", "all", "leader", "follower" or
// names as "n1+n3", of the nodes for which `fit` holds: what is down already cannot
// be killed. So it may be fewer than asked for, never none: throws HarnessError
// where no such node is left.
std::vector<Node> pick_nodes(
    const Arena& arena, const std::string& target, Rng& rng, Deadline deadline,
    const std::function<bool(Life)>& fit = [](Life) { return true; });

// "hit:ID" and "not-hit:ID": the nodes that fault ID hit, or the others.
struct HitTarget {
  std::string id{};
  bool others = false;
};
std::optional<HitTarget> parse_hit_target(const std::string& text);

// Whether `word` is one of a fault's targets(), or nodes or links where it takes such.
bool is_target(const std::vector<std::string>& targets, const std::string& word,
               std::span<const std::string> nodes);

// Throws EnvironmentError where this cluster's links cannot be `shaped` ("cut", "held").
Network& need_network(const Arena& arena, const std::string& shaped);

using DirectedLinks = std::vector<std::pair<int, int>>;  // (from, to), by node id.

// What may follow the colon where a fault hits links: node_targets() for all links between
// such nodes and the others, "links" for random ones, each in one direction, and, in
// schedules, "A->B" or "A<->B" where A and B are node targets, "others" or "clients".
std::vector<std::string> link_targets();
// Whether it is such an "A->B".
bool is_link_target(const std::string& text, std::span<const std::string> nodes);

struct PickedLinks {
  DirectedLinks links{};
  std::vector<int> nodes{};  // Whose they are: those picked, or A of "A->B".
};
// Picks links freshly, never none. Throws HarnessError where there are none to pick.
PickedLinks pick_links(const Arena& arena, const std::string& target, Rng& rng, Deadline deadline);
// {"nodes":["n1"],"links":["n1->n2","n2->n1"]}
Value hit_links(const Arena& arena, const PickedLinks& picked);

// Whether it is a node's name, or several as "n1+n3". No `nodes`: n1, n2 ... are taken on trust.
bool are_nodes(const std::string& names, std::span<const std::string> nodes);

// {"nodes":["n1","n2"]}
Value hit_nodes(const std::vector<Node>& nodes);

}  // namespace clew
