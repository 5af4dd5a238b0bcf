#pragma once

#include <string>
#include <vector>

#include "harness/nemesis.h"

namespace clew {

// The node that leads now, asked of the nodes themselves: the claim of the
// highest term counts. Asks again until the deadline; throws HarnessError if
// none is known by then, or the system has no leaders.
Node find_leader(const Arena& arena, Deadline deadline);

// What may follow the colon where a fault hits nodes.
std::vector<std::string> node_targets();

// Picks by "one", "minority", "majority", "all", "leader", "follower" or a
// node's name. Throws HarnessError where there is no such node.
std::vector<Node> pick_nodes(const Arena& arena, const std::string& target, Rng& rng,
                             Deadline deadline);

// {"nodes":["n1","n2"]}
Value hit_nodes(const std::vector<Node>& nodes);

}  // namespace clew
