#include "reports/html.h"
#include "reports/serve/frame.h"
#include "reports/serve/pages.h"
#include "reports/serve/trend.h"

namespace clew {
namespace {

void run_rows(Markup& page, const std::vector<const Digest*>& runs) {
  open_scroll(page, "Runs");
  page.open("table");
  table_head(
      page, {"verdict", "time (UTC)", "gates failed", "#p99", "#recovery", "#operations", "#seed"});
  page.open("tbody");
  for (auto it = runs.rbegin(); it != runs.rend(); ++it) {
    const Digest& run = **it;
    page.open("tr");
    verdict_cell(page, run);
    page.open("td", {{"class", "short"}});
    page.element("a", time_text(run.stamp), {{"href", run_page(run)}}).close();
    std::string failed;
    for (const std::string& gate : run.gates_failed) failed += (failed.empty() ? "" : ", ") + gate;
    cell(page, plain(failed, 120));
    cell(page, latency(run.p99), "num");
    cell(page,
         !run.recovered ? "none" : (run.recovery == never ? "–" : format_duration(run.recovery)),
         "num");
    cell(page, grouped(run.operations), "num");
    cell(page, std::to_string(run.seed), "num");
    page.close();
  }
  page.close().close().close();
}

}  // namespace

std::string trend_page(const std::vector<Digest>& runs, const Query& query) {
  const Digest job{.name = query.get("name"),
                   .system = query.get("system"),
                   .workload = query.get("workload"),
                   .nemesis = query.get("faults")};
  const std::vector<const Digest*> shown = trend_runs(runs, job);
  return framed("Trend of " + job.name, [&](Markup& page) {
    page.element("h1", "Trend of " + plain(job.name, 100));
    page.element("p", plain(job.system + " " + job.workload + " × " + job.nemesis, 300),
                 {{"class", "job"}});
    if (shown.empty()) {
      page.element("p", "No run of this job has results.");
      return;
    }
    page.element("h2",
                 shown.size() == 1 ? "The only run" : "The last " + counted(shown.size(), "run"));
    trend_strip(page, shown, true);
    trend_rates(page, shown);
    trend_lines(page, shown);
    run_rows(page, shown);
  });
}

}  // namespace clew
