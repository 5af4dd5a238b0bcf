#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/network.h"
#include "harness/rng.h"

namespace clew {

// Which directed links between nodes a partition cuts, by node id. The clients'
// side (0) is never among them: clients reach nodes on both sides of a cut.
using Cut = std::vector<std::pair<int, int>>;

// Two halves; with an odd number the majority is larger by one.
Cut cut_halves(int nodes, Rng& rng, std::vector<std::vector<int>>& groups);
// One node alone.
Cut cut_off(int nodes, int alone, std::vector<std::vector<int>>& groups);
// Each node sees a majority, and no two see the same one (needs 5 nodes or
// more; below that it is a ring of neighbours, where each still sees a majority).
Cut cut_majority_ring(int nodes, Rng& rng, std::vector<std::vector<int>>& groups);
// Two halves that only one node sees both of.
Cut cut_bridge(int nodes, Rng& rng, std::vector<std::vector<int>>& groups);
// One node hears the others but is not heard, or is heard but does not hear.
Cut cut_one_way(int nodes, Rng& rng, std::vector<std::vector<int>>& groups);

LinkMatrix holes(int nodes, const Cut& cut);

}  // namespace clew
