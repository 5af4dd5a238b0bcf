#include "reports/wilson.h"

#include <algorithm>
#include <cmath>

#include "reports/wording.h"

namespace clew {
namespace {

constexpr double z = 1.959963984540054;  // Of the normal distribution, 95 % in the middle.

double bound(const Rate& rate, double sign) {
  const auto n = static_cast<double>(rate.tries);
  const double p = static_cast<double>(rate.hits) / n;
  const double middle = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return std::clamp((middle + sign * half) / (1 + z * z / n), 0.0, 1.0);
}

}  // namespace

double Rate::low() const { return tries == 0 || hits == 0 ? 0 : bound(*this, -1); }
double Rate::high() const { return tries == 0 || hits == tries ? 1 : bound(*this, 1); }

std::string rate_text(const Rate& rate) {
  const std::string counts = grouped(rate.hits) + " of " + grouped(rate.tries);
  if (rate.tries == 0) return counts;
  return counts + ", " + percent(rate.hits, rate.tries) + " [" + decimal(100 * rate.low(), 1) +
         " %, " + decimal(100 * rate.high(), 1) + " %]";
}

}  // namespace clew
