#pragma once

#include <utility>
#include <vector>

#include "harness/network.h"
#include "harness/rng.h"

namespace clew {

// Which directed links between nodes a partition cuts, by node id. The clients'
// side (0) is never among them: clients reach nodes on both sides of a cut.
struct Cut {
  std::vector<std::pair<int, int>> links{};  // (from, to)
  // How people see it. Halves, one: the two sides. Bridge: one half, the bridge,
  // the other half. One way: nothing passes from the first to the second. Ring:
  // what each node sees, n1 first.
  std::vector<std::vector<int>> groups{};
};

// Each throws HarnessError where `nodes` are too few for its shape.

// Two random halves; with an odd number the second is larger by one. 2 nodes or more.
Cut cut_halves(int nodes, Rng& rng);
// One node, or several together, from all others. 2 nodes or more.
Cut cut_off(int nodes, int alone);
Cut cut_off(int nodes, const std::vector<int>& some);
// Each node sees a majority, and no two see the same one. 3 nodes or more.
Cut cut_majority_ring(int nodes, Rng& rng);
// Two halves that only one node sees both of. 3 nodes or more.
Cut cut_bridge(int nodes, Rng& rng);
// A random node is not heard by the others but hears them, or the other way
// round. 2 nodes or more.
Cut cut_one_way(int nodes, Rng& rng);

// A hole in each link of the cut, nothing else.
LinkMatrix holes(int nodes, const Cut& cut);

}  // namespace clew
