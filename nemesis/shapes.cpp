#include "nemesis/shapes.h"

#include <algorithm>
#include <set>

namespace clew {
namespace {

using Groups = std::vector<std::vector<int>>;

std::vector<int> shuffled(int nodes, Rng& rng) {
  std::vector<int> ids;
  for (int id = 1; id <= nodes; ++id) ids.push_back(id);
  rng.shuffle(ids);
  return ids;
}

void cut_both_ways(Cut& cut, int a, int b) {
  cut.emplace_back(a, b);
  cut.emplace_back(b, a);
}

Cut between(const std::vector<int>& some, const std::vector<int>& others) {
  Cut cut;
  for (const int a : some)
    for (const int b : others) cut_both_ways(cut, a, b);
  return cut;
}

}  // namespace

Cut cut_halves(int nodes, Rng& rng, Groups& groups) {
  const std::vector<int> ids = shuffled(nodes, rng);
  const auto middle = ids.begin() + nodes / 2;
  groups = {{ids.begin(), middle}, {middle, ids.end()}};
  for (auto& group : groups) std::sort(group.begin(), group.end());
  return between(groups[0], groups[1]);
}

Cut cut_off(int nodes, int alone, Groups& groups) {
  groups = {{alone}, {}};
  for (int id = 1; id <= nodes; ++id)
    if (id != alone) groups[1].push_back(id);
  return between(groups[0], groups[1]);
}

// On a circle each node sees its nearest neighbours on both sides, as many as
// make a majority with itself: the windows of two nodes are never the same set.
Cut cut_majority_ring(int nodes, Rng& rng, Groups& groups) {
  const std::vector<int> circle = shuffled(nodes, rng);
  const int majority = nodes / 2 + 1;
  const int reach = majority / 2;  // To each side: 2 * reach + 1 >= majority.
  std::set<std::pair<int, int>> seen;
  groups.clear();
  for (int i = 0; i < nodes; ++i) {
    std::vector<int> view;
    for (int step = -reach; step <= reach; ++step) {
      const int other = circle[static_cast<std::size_t>(((i + step) % nodes + nodes) % nodes)];
      seen.emplace(circle[static_cast<std::size_t>(i)], other);
      if (std::find(view.begin(), view.end(), other) == view.end()) view.push_back(other);
    }
    std::sort(view.begin(), view.end());
    groups.push_back(std::move(view));
  }
  Cut cut;
  for (int a = 1; a <= nodes; ++a)
    for (int b = 1; b <= nodes; ++b)
      if (a != b && !seen.contains({a, b})) cut.emplace_back(a, b);
  return cut;
}

Cut cut_bridge(int nodes, Rng& rng, Groups& groups) {
  const std::vector<int> ids = shuffled(nodes, rng);
  const auto middle = ids.begin() + 1 + (nodes - 1) / 2;
  groups = {{ids.begin() + 1, middle}, {ids[0]}, {middle, ids.end()}};
  for (auto& group : groups) std::sort(group.begin(), group.end());
  return between(groups[0], groups[2]);
}

Cut cut_one_way(int nodes, Rng& rng, Groups& groups) {
  const int alone = static_cast<int>(rng.between(1, nodes));
  const bool unheard = rng.chance(0.5);
  groups = {{alone}, {}};
  Cut cut;
  for (int id = 1; id <= nodes; ++id) {
    if (id == alone) continue;
    groups[1].push_back(id);
    cut.emplace_back(unheard ? alone : id, unheard ? id : alone);
  }
  if (!unheard)
    std::swap(groups[0], groups[1]);  // From the first group to the second nothing passes.
  return cut;
}

LinkMatrix holes(int nodes, const Cut& cut) {
  LinkMatrix links(nodes);
  for (const auto& [from, to] : cut) links.at(from, to).hole = true;
  return links;
}

}  // namespace clew
