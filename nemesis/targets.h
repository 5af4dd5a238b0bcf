#pragma once

#include <functional>
#include <string>
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

// Picks by "one", "minority", "majority", "all", "leader", "follower" or a
// node's name, of the nodes for which `fit` holds: what is down already cannot
// be killed. So it may be fewer than asked for, never none: throws HarnessError
// where no such node is left.
std::vector<Node> pick_nodes(const Arena& arena, const std::string& target, Rng& rng,
                             Deadline deadline, const std::function<bool(Life)>& fit);

// {"nodes":["n1","n2"]}
Value hit_nodes(const std::vector<Node>& nodes);

}  // namespace clew
