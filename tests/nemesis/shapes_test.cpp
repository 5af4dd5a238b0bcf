#include "nemesis/shapes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "harness/error.h"

namespace clew {
namespace {

using View = std::set<int>;

// Whom `id` can exchange frames with in both directions, itself included.
View view_of(const LinkMatrix& links, int id) {
  View view{id};
  for (int other = 1; other <= links.nodes(); ++other)
    if (!links.at(id, other).hole && !links.at(other, id).hole) view.insert(other);
  return view;
}

bool is_symmetric(const LinkMatrix& links) {
  for (int a = 1; a <= links.nodes(); ++a)
    for (int b = 1; b <= links.nodes(); ++b)
      if (links.at(a, b).hole != links.at(b, a).hole) return false;
  return true;
}

std::vector<int> sizes(const Cut& cut) {
  std::vector<int> sizes;
  for (const auto& group : cut.groups) sizes.push_back(static_cast<int>(group.size()));
  return sizes;
}

using Shape = std::function<Cut(int nodes, Rng& rng)>;

void for_many(int from, const Shape& shape,
              const std::function<void(const LinkMatrix&, const Cut&)>& check) {
  for (int nodes = from; nodes <= 12; ++nodes)
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(std::to_string(nodes) + " nodes, seed " + std::to_string(seed));
      Rng rng(seed);
      const Cut cut = shape(nodes, rng);
      check(holes(nodes, cut), cut);
      if (::testing::Test::HasFailure()) return;
    }
}

TEST(Shapes, HalvesSeeThemselvesOnly) {
  for_many(2, cut_halves, [](const LinkMatrix& links, const Cut& cut) {
    EXPECT_TRUE(is_symmetric(links));
    ASSERT_EQ(cut.groups.size(), 2U);
    EXPECT_EQ(sizes(cut), (std::vector{links.nodes() / 2, links.nodes() - links.nodes() / 2}));
    for (const auto& group : cut.groups)
      for (const int id : group) EXPECT_EQ(view_of(links, id), View(group.begin(), group.end()));
  });
}

TEST(Shapes, HalvesDifferFromDrawToDraw) {
  Rng rng(1);
  std::set<std::vector<int>> seen;
  for (int i = 0; i < 200; ++i) seen.insert(cut_halves(5, rng).groups[0]);
  EXPECT_EQ(seen.size(), 10U) << "pairs of five";
}

TEST(Shapes, ANodeCutOffSeesNobodyAndTheOthersSeeEachOther) {
  for (int nodes = 2; nodes <= 7; ++nodes)
    for (int alone = 1; alone <= nodes; ++alone) {
      const LinkMatrix links = holes(nodes, cut_off(nodes, alone));
      EXPECT_EQ(view_of(links, alone), View{alone});
      for (int id = 1; id <= nodes; ++id)
        EXPECT_EQ(view_of(links, id).size(), static_cast<std::size_t>(id == alone ? 1 : nodes - 1));
    }
}

TEST(Shapes, InAMajorityRingEachNodeSeesAMajorityAndNoTwoTheSame) {
  for_many(3, cut_majority_ring, [](const LinkMatrix& links, const Cut& cut) {
    EXPECT_TRUE(is_symmetric(links));
    std::set<View> views;
    for (int id = 1; id <= links.nodes(); ++id) {
      const View view = view_of(links, id);
      EXPECT_GT(2 * view.size(), static_cast<std::size_t>(links.nodes()));
      EXPECT_TRUE(views.insert(view).second) << "n" << id << " sees what another one sees";
      const auto& told = cut.groups[static_cast<std::size_t>(id - 1)];
      EXPECT_EQ(view, View(told.begin(), told.end()));
    }
    EXPECT_FALSE(cut.links.empty());
  });
}

TEST(Shapes, ABridgeIsTheOnlyOneThatSeesBothHalves) {
  for_many(3, cut_bridge, [](const LinkMatrix& links, const Cut& cut) {
    EXPECT_TRUE(is_symmetric(links));
    ASSERT_EQ(cut.groups.size(), 3U);
    ASSERT_EQ(cut.groups[1].size(), 1U);
    const int bridge = cut.groups[1][0];
    EXPECT_LE(std::abs(sizes(cut)[0] - sizes(cut)[2]), 1);
    EXPECT_EQ(view_of(links, bridge).size(), static_cast<std::size_t>(links.nodes()));
    for (const std::size_t half : {0U, 2U})
      for (const int id : cut.groups[half]) {
        View expected(cut.groups[half].begin(), cut.groups[half].end());
        expected.insert(bridge);
        EXPECT_EQ(view_of(links, id), expected);
      }
  });
}

TEST(Shapes, AOneWayCutCutsOneDirectionOfOneNode) {
  bool unheard = false, deaf = false;
  for_many(2, cut_one_way, [&](const LinkMatrix& links, const Cut& cut) {
    ASSERT_EQ(cut.groups.size(), 2U);
    (sizes(cut)[0] == 1 ? unheard : deaf) = true;
    EXPECT_EQ(std::min(sizes(cut)[0], sizes(cut)[1]), 1);
    EXPECT_EQ(cut.links.size(), static_cast<std::size_t>(links.nodes() - 1));
    for (const int from : cut.groups[0])
      for (const int to : cut.groups[1]) {
        EXPECT_TRUE(links.at(from, to).hole);
        EXPECT_FALSE(links.at(to, from).hole);
      }
  });
  EXPECT_TRUE(unheard);
  EXPECT_TRUE(deaf);
}

TEST(Shapes, TheClientsSideIsNeverCutAndNoNodeFromItself) {
  const Shape off = [](int nodes, Rng& rng) {
    return cut_off(nodes, static_cast<int>(rng.between(1, nodes)));
  };
  for (const Shape& shape :
       {Shape(cut_halves), off, Shape(cut_majority_ring), Shape(cut_bridge), Shape(cut_one_way)})
    for_many(3, shape, [](const LinkMatrix& links, const Cut& cut) {
      for (int id = 0; id <= links.nodes(); ++id) {
        EXPECT_TRUE(links.at(0, id).is_clear());
        EXPECT_TRUE(links.at(id, 0).is_clear());
        EXPECT_TRUE(links.at(id, id).is_clear());
      }
      std::set<std::pair<int, int>> once(cut.links.begin(), cut.links.end());
      EXPECT_EQ(once.size(), cut.links.size()) << "a link is listed twice";
    });
}

TEST(Shapes, TooFewNodesAreRefusedByNumber) {
  Rng rng(1);
  EXPECT_THROW(cut_halves(1, rng), HarnessError);
  EXPECT_THROW(cut_off(1, 1), HarnessError);
  EXPECT_THROW(cut_one_way(1, rng), HarnessError);
  EXPECT_THROW(cut_majority_ring(2, rng), HarnessError);
  try {
    cut_bridge(2, rng);
    ADD_FAILURE() << "a bridge of two";
  } catch (const HarnessError& e) {
    EXPECT_STREQ(e.what(), "a bridge needs 3 nodes or more, there are 2");
  }
}

}  // namespace
}  // namespace clew
