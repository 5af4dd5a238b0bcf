#pragma once

#include <vector>

#include "reports/markup.h"
#include "reports/serve/digest.h"

namespace clew {

// How one job went lately: parts of the trend page of clew serve, and of report.html.
inline constexpr std::size_t most_trend_runs = 30;

// The finished runs of `job`'s job among `runs`, the last 30, oldest first.
std::vector<const Digest*> trend_runs(const std::vector<Digest>& runs, const Digest& job);

// Their verdicts in a row. `links`: each leads to its run, below the root of clew serve.
void trend_strip(Markup& page, const std::vector<const Digest*>& runs, bool links);
// How many failed, with the 95 % interval.
void trend_rates(Markup& page, const std::vector<const Digest*>& runs);
// p99 and the longest recovery of each as lines.
void trend_lines(Markup& page, const std::vector<const Digest*>& runs);

}  // namespace clew
