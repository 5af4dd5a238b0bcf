#include "nemesis/shapes.h"

#include <algorithm>
#include <string>

#include "harness/error.h"

namespace clew {
namespace {

using Group = std::vector<int>;

void need(int at_least, int nodes, const std::string& shape) {
  if (nodes < at_least)
    throw HarnessError(shape + " needs " + std::to_string(at_least) + " nodes or more, there are " +
                       std::to_string(nodes));
}

Group shuffled(int nodes, Rng& rng) {
  Group ids;
  for (int id = 1; id <= nodes; ++id) ids.push_back(id);
  rng.shuffle(ids);
  return ids;
}

void cut_both_ways(Cut& cut, int a, int b) {
  cut.links.emplace_back(a, b);
  cut.links.emplace_back(b, a);
}

void cut_between(Cut& cut, const Group& some, const Group& others) {
  for (const int a : some)
    for (const int b : others) cut_both_ways(cut, a, b);
}

Group all_but(int nodes, int one) {
  Group others;
  for (int id = 1; id <= nodes; ++id)
    if (id != one) others.push_back(id);
  return others;
}

Group sorted(Group group) {
  std::sort(group.begin(), group.end());
  return group;
}

}  // namespace

Cut cut_halves(int nodes, Rng& rng) {
  need(2, nodes, "a cut into halves");
  const Group ids = shuffled(nodes, rng);
  const auto middle = ids.begin() + nodes / 2;
  Cut cut{.groups = {sorted({ids.begin(), middle}), sorted({middle, ids.end()})}};
  cut_between(cut, cut.groups[0], cut.groups[1]);
  return cut;
}

Cut cut_off(int nodes, int alone) { return cut_off(nodes, Group{alone}); }

Cut cut_off(int nodes, const std::vector<int>& some) {
  need(2, nodes, "a cut");
  Group others;
  for (int id = 1; id <= nodes; ++id)
    if (std::find(some.begin(), some.end(), id) == some.end()) others.push_back(id);
  Cut cut{.groups = {sorted(some), others}};
  cut_between(cut, cut.groups[0], cut.groups[1]);
  return cut;
}

// On a circle each node keeps its nearest neighbours, the same number on both
// sides, as many as make a majority with itself: no two windows are the same
// set while each leaves somebody out. Three nodes have no such window; there
// the circle is opened at one place, and becomes a line.
Cut cut_majority_ring(int nodes, Rng& rng) {
  need(3, nodes, "a majority ring");
  const Group circle = shuffled(nodes, rng);
  const int reach = nodes == 3 ? 1 : (nodes / 2 + 1) / 2;
  Cut cut;
  for (int i = 0; i < nodes; ++i)
    for (int j = i + 1; j < nodes; ++j) {
      const int apart = nodes == 3 ? j - i : std::min(j - i, nodes - (j - i));
      if (apart > reach)
        cut_both_ways(cut, circle[static_cast<std::size_t>(i)],
                      circle[static_cast<std::size_t>(j)]);
    }
  const LinkMatrix links = holes(nodes, cut);
  for (int id = 1; id <= nodes; ++id) {
    Group& view = cut.groups.emplace_back();
    for (int other = 1; other <= nodes; ++other)
      if (!links.at(id, other).hole) view.push_back(other);
  }
  return cut;
}

Cut cut_bridge(int nodes, Rng& rng) {
  need(3, nodes, "a bridge");
  const Group ids = shuffled(nodes, rng);
  const auto middle = ids.begin() + 1 + (nodes - 1) / 2;
  Cut cut{.groups = {sorted({ids.begin() + 1, middle}), {ids[0]}, sorted({middle, ids.end()})}};
  cut_between(cut, cut.groups[0], cut.groups[2]);
  return cut;
}

Cut cut_one_way(int nodes, Rng& rng) {
  need(2, nodes, "a one-way cut");
  const int alone = static_cast<int>(rng.between(1, nodes));
  Cut cut{.groups = {{alone}, all_but(nodes, alone)}};
  if (rng.chance(0.5)) std::swap(cut.groups[0], cut.groups[1]);
  for (const int from : cut.groups[0])
    for (const int to : cut.groups[1]) cut.links.emplace_back(from, to);
  return cut;
}

LinkMatrix holes(int nodes, const Cut& cut) {
  LinkMatrix links(nodes);
  for (const auto& [from, to] : cut.links) links.at(from, to).hole = true;
  return links;
}

}  // namespace clew
