#include "reports/html.h"
#include "reports/recording.h"
#include "reports/serve/trend.h"

namespace clew {

void html_trend(Markup& page, const Results& results, const Recording& recording) {
  const std::vector<const Digest*> runs = trend_runs(recording.job, digest_of(results));
  if (runs.size() < 2) return;
  page.open("section", {{"id", "trend"}});
  page.element("h2", "Trend");
  page.element("p", "The last " + counted(runs.size(), "run") +
                        " of this job in this store, oldest first; this one is the last.");
  trend_strip(page, runs, false);
  trend_rates(page, runs);
  trend_lines(page, runs);
  page.close();
}

}  // namespace clew
