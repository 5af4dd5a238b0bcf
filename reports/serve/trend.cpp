#include "reports/serve/trend.h"

#include <algorithm>

#include "reports/serve/frame.h"
#include "reports/serve/spark.h"
#include "reports/wilson.h"

namespace clew {
namespace {

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

}  // namespace

// Oldest first, as time goes in a picture.
std::vector<const Digest*> trend_runs(const std::vector<Digest>& runs, const Digest& job) {
  std::vector<const Digest*> found;
  for (const Digest& run : runs)
    if (run.state == Digest::State::finished && run.same_job(job)) found.push_back(&run);
  std::sort(found.begin(), found.end(),
            [](const Digest* a, const Digest* b) { return a->stamp < b->stamp; });
  if (found.size() > most_trend_runs)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most_trend_runs));
  return found;
}

void trend_strip(Markup& page, const std::vector<const Digest*>& runs, bool links) {
  page.open("ol", {{"class", "strip"}, {"aria-label", "Verdicts, oldest first"}});
  for (const Digest* run : runs) {
    const std::string about = run->words + (run->gates_failed.empty() ? "" : ", a gate failed") +
                              ", " + time_text(run->stamp);
    page.open("li");
    const std::string mark =
        std::string(symbol(run->stands)) + (run->gates_failed.empty() ? "" : "ᵍ");
    const std::string kind = "v-" + std::string(verdict_name(*run));
    if (links) {
      page.element(
          "a", mark,
          {{"href", run_page(*run)}, {"class", kind}, {"title", about}, {"aria-label", about}});
    } else {
      page.element("span", mark,
                   {{"role", "img"}, {"class", kind}, {"title", about}, {"aria-label", about}});
    }
    page.close();
  }
  page.close();
}

// A run that came to no verdict neither failed nor held.
void trend_rates(Markup& page, const std::vector<const Digest*>& runs) {
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

void trend_lines(Markup& page, const std::vector<const Digest*>& runs) {
  page.open("div", {{"class", "tables"}});
  line(page, "p99 latency of ok operations", runs,
       [](const Digest& run) { return run.p99 == Nanos{} ? never : run.p99; });
  line(page, "longest recovery after a heal", runs,
       [](const Digest& run) { return run.recovered ? run.recovery : never; });
  page.close();
}

}  // namespace clew
