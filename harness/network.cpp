#include "harness/network.h"

#include <algorithm>

#include "harness/check.h"

namespace clew {
namespace {

double either(double a, double b) { return 1 - (1 - a) * (1 - b); }

std::uint64_t lower_rate(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0) return std::max(a, b);  // 0 is no limit.
  return std::min(a, b);
}

}  // namespace

void LinkMatrix::combine(const LinkMatrix& other) {
  CLEW_CHECK(size_ == other.size_);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Link& mine = links_[i];
    const Link& theirs = other.links_[i];
    mine.hole = mine.hole || theirs.hole;
    mine.hold = mine.hold || theirs.hold;
    mine.drop = either(mine.drop, theirs.drop);
    mine.duplicate = either(mine.duplicate, theirs.duplicate);
    mine.reorder = either(mine.reorder, theirs.reorder);
    mine.corrupt = either(mine.corrupt, theirs.corrupt);
    mine.delay += theirs.delay;
    mine.jitter += theirs.jitter;
    mine.rate_bps = lower_rate(mine.rate_bps, theirs.rate_bps);
  }
}

}  // namespace clew
