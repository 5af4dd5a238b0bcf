#include <algorithm>

#include "reports/html.h"
#include "reports/serve/frame.h"
#include "reports/serve/pages.h"
#include "reports/serve/spark.h"
#include "reports/wilson.h"

namespace clew {
namespace {

constexpr std::size_t most_runs = 30;

// Oldest first, as time goes in a picture.
std::vector<const Digest*> runs_of(const std::vector<Digest>& runs, const Digest& job) {
  std::vector<const Digest*> found;
  for (const Digest& run : runs)
    if (run.state == Digest::State::finished && run.same_job(job)) found.push_back(&run);
  std::sort(found.begin(), found.end(),
            [](const Digest* a, const Digest* b) { return a->stamp < b->stamp; });
  if (found.size() > most_runs)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most_runs));
  return found;
}

std::string where(const Digest& run) {
  return run_link(run) + (run.has_report ? "report.html" : "");
}

void strip(Markup& page, const std::vector<const Digest*>& runs) {
  page.open("ol", {{"class", "strip"}, {"aria-label", "Verdicts, oldest first"}});
  for (const Digest* run : runs) {
    const std::string about = run->words + (run->gates_failed.empty() ? "" : ", a gate failed") +
                              ", " + time_text(run->stamp);
    page.open("li");
    page.element("a", std::string(symbol(run->stands)) + (run->gates_failed.empty() ? "" : "ᵍ"),
                 {{"href", where(*run)},
                  {"class", "v-" + std::string(verdict_name(*run))},
                  {"title", about},
                  {"aria-label", about}});
    page.close();
  }
  page.close();
}

// A run that came to no verdict neither failed nor held.
void failure_rate(Markup& page, const std::vector<const Digest*>& runs) {
  Rate violations;
  Rate gates;
  for (const Digest* run : runs) {
    const bool violated = run->stands == Standing::violation;
    if (violated || run->stands == Standing::pass) {
      ++violations.tries;
      violations.hits += violated ? 1U : 0U;
    }
    if (run->gates.empty()) continue;
    ++gates.tries;
    gates.hits += run->gates_failed.empty() ? 0U : 1U;
  }
  page.element("p", "Violations: " + rate_text(violations) + ".");
  if (gates.tries > 0) page.element("p", "A gate failed: " + rate_text(gates) + ".");
  if (violations.tries < runs.size())
    page.element("p",
                 counted(runs.size() - violations.tries, "run") + " came to no verdict and " +
                     "count for neither side.",
                 {{"class", "note"}});
  page.element("p",
               "In brackets: where the true rate lies at 95 % confidence, by Wilson's interval.",
               {{"class", "note"}});
}

void line(Markup& page, std::string_view title, const std::vector<const Digest*>& runs,
          Nanos (*value)(const Digest&)) {
  std::vector<std::optional<double>> values;
  Nanos most{};
  for (const Digest* run : runs) {
    const Nanos time = value(*run);
    values.push_back(time == never ? std::nullopt
                                   : std::optional(static_cast<double>(time.count())));
    if (time != never) most = std::max(most, time);
  }
  page.open("div").element("h3", title);
  if (most == Nanos{}) {
    page.element("p", "No run of these measured it.", {{"class", "note"}});
  } else {
    sparkline(page, values, std::string(title) + ", at most " + format_duration(most), 480);
    page.element("p", "0 to " + format_duration(most) + ", oldest run first", {{"class", "note"}});
  }
  page.close();
}

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
    page.element("a", time_text(run.stamp), {{"href", where(run)}}).close();
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
  const std::vector<const Digest*> shown = runs_of(runs, job);
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
    strip(page, shown);
    failure_rate(page, shown);
    page.open("div", {{"class", "tables"}});
    line(page, "p99 latency of ok operations", shown,
         [](const Digest& run) { return run.p99 == Nanos{} ? never : run.p99; });
    line(page, "longest recovery after a heal", shown,
         [](const Digest& run) { return run.recovered ? run.recovery : never; });
    page.close();
    run_rows(page, shown);
  });
}

}  // namespace clew
