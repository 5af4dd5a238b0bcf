#include "reports/lanes.h"

#include <gtest/gtest.h>

#include "reports/story.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

// Bars overlap exactly where the calls do, and follow one another where they do not.
void expect_truthful(const std::vector<ShownCall>& calls, const Lanes& lanes) {
  for (std::size_t a = 0; a < calls.size(); ++a) {
    EXPECT_LE(lanes.bars[a].left, lanes.bars[a].right);
    EXPECT_LE(lanes.bars[a].right, lanes.end);
    for (std::size_t b = 0; b < calls.size(); ++b)
      EXPECT_EQ(calls[a].returned < calls[b].invoked, lanes.bars[a].right < lanes.bars[b].left)
          << a << " before " << b;
  }
}

TEST(Lanes, ShowWhatCameBeforeWhatAndNothingElse) {
  for (const auto& [name, results] : samples::all()) {
    for (const Counterexample* shown : counterexamples(results)) {
      const std::vector<double> widths(shown->calls.size(), 40);
      expect_truthful(shown->calls, by_order(shown->calls, widths, 5));
      expect_truthful(shown->calls, by_time(shown->calls, 900));
    }
  }
}

TEST(Lanes, GiveEveryBarItsRoom) {
  const Counterexample shown = samples::lost_update();
  std::vector<double> widths;
  for (std::size_t i = 0; i < shown.calls.size(); ++i)
    widths.push_back(10.0 * static_cast<double>(i + 1));
  const Lanes lanes = by_order(shown.calls, widths, 2);
  for (std::size_t i = 0; i < widths.size(); ++i)
    EXPECT_GE(lanes.bars[i].right - lanes.bars[i].left, widths[i]);
  EXPECT_TRUE(lanes.bars[1].open);
  EXPECT_EQ(lanes.bars[1].right, lanes.end) << "it never came back";
}

TEST(Lanes, EqualTimesAreConcurrent) {
  std::vector<ShownCall> calls(2);
  calls[0].returned = Nanos{10};
  calls[1].process = 1;
  calls[1].invoked = Nanos{10};
  calls[1].returned = Nanos{20};
  const std::vector<double> widths{5, 5};
  const Lanes lanes = by_order(calls, widths, 1);
  EXPECT_GT(lanes.bars[0].right, lanes.bars[1].left);
}

TEST(Lanes, StepsTakeEffectInsideOfTheirBarsAndInOrder) {
  for (const auto& [name, results] : samples::all()) {
    for (const Counterexample* shown : counterexamples(results)) {
      if (name == "hostile") continue;  // Its times are made up.
      const std::vector<double> widths(shown->calls.size(), 60);
      const Lanes lanes = by_order(shown->calls, widths, 10);
      std::vector<std::size_t> order;
      for (const Step& step : shown->order) order.push_back(step.call);
      const std::vector<double> x = places(lanes, order, 8);
      for (std::size_t k = 0; k < x.size(); ++k) {
        EXPECT_GE(x[k], lanes.bars[order[k]].left);
        EXPECT_LE(x[k], lanes.bars[order[k]].right);
        if (k > 0) { EXPECT_GT(x[k], x[k - 1]) << name << " step " << k; }
      }
    }
  }
}

}  // namespace
}  // namespace clew
