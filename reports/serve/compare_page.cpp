#include <algorithm>
#include <map>

#include "reports/html.h"
#include "reports/serve/frame.h"
#include "reports/serve/pages.h"
#include "reports/story.h"

namespace clew {
namespace {

void verdicts(Markup& page, const Compared& a, const Compared& b) {
  open_table(page, "Verdicts", {"which", "run", "verdict", "sentence"});
  for (const auto& [letter, one] : {std::pair("A", &a), std::pair("B", &b)}) {
    page.open("tr");
    page.element("th", letter, {{"scope", "row"}});
    page.open("td", {{"class", "short"}});
    const Digest& run = one->run;
    page.element("a", plain(run.name, 60) + " " + time_text(run.stamp),
                 {{"href", run_link(run) + (run.has_report ? "report.html" : "")}});
    page.close();
    verdict_cell(page, run);
    cell(page, plain(run.sentence, 600), "wide");
    page.close();
  }
  close_table(page);
}

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

using Settings = std::map<std::string, std::string>;

Settings settings(const Compared& one) {
  const Results& r = one.results;
  Settings all{{"system", r.system + " " + r.system_version},
               {"workload", r.workload},
               {"faults", r.nemesis},
               {"seed", std::to_string(r.seed)},
               {"nodes", listed(r.nodes)},
               {"concurrency", std::to_string(r.concurrency)},
               {"time limit", format_duration(r.time_limit)},
               {"clew", r.clew_version}};
  for (const auto& [name, value] : r.environment) all["machine: " + name] = value;
  for (const auto& [name, value] : one.options) all["--" + name] = value;
  return all;
}

void differences(Markup& page, const Compared& a, const Compared& b) {
  const Settings left = settings(a);
  const Settings right = settings(b);
  Settings names = left;
  names.insert(right.begin(), right.end());
  page.element("h2", "What differs in what was asked");
  std::size_t same = 0;
  const auto value = [](const Settings& of, const std::string& name) {
    const auto found = of.find(name);
    return found == of.end() ? std::string("(not told)") : found->second;
  };
  open_table(page, "Options that differ", {"option", "A", "B"});
  for (const auto& [name, ignored] : names) {
    if (value(left, name) == value(right, name)) {
      ++same;
      continue;
    }
    page.open("tr");
    page.element("th", plain(name, 80), {{"scope", "row"}});
    cell(page, plain(value(left, name), 300));
    cell(page, plain(value(right, name), 300));
    page.close();
  }
  close_table(page);
  page.element("p", counted(same, "option") + " are the same in both.", {{"class", "note"}});
}

// Nothing is a ratio of what was not measured.
std::string ratio(double a, double b) { return a > 0 && b > 0 ? "× " + decimal(b / a, 2) : "–"; }

void figure_row(Markup& page, std::string_view name, double a, double b, std::string left,
                std::string right) {
  page.open("tr");
  page.element("th", name, {{"scope", "row"}});
  cell(page, left, "num");
  cell(page, right, "num");
  cell(page, ratio(a, b), "num");
  page.close();
}

void time_row(Markup& page, std::string_view name, Nanos a, Nanos b) {
  const auto number = [](Nanos time) {
    return time == never ? 0.0 : static_cast<double>(time.count());
  };
  const auto text = [](Nanos time) {
    return time == never || time == Nanos{} ? std::string("–") : format_duration(time);
  };
  figure_row(page, name, number(a), number(b), text(a), text(b));
}

void count_row(Markup& page, std::string_view name, std::uint64_t a, std::uint64_t b) {
  figure_row(page, name, static_cast<double>(a), static_cast<double>(b), grouped(a), grouped(b));
}

Nanos checking(const Results& results) {
  Nanos sum{};
  for (const Verdict& verdict : results.verdicts) sum += verdict.check_time;
  return sum;
}

void figures(Markup& page, const Compared& a, const Compared& b) {
  const Performance& p = a.results.performance;
  const Performance& q = b.results.performance;
  page.element("h2", "Figures");
  open_table(page, "Figures", {"figure", "#A", "#B", "#B / A"});
  count_row(page, "operations", a.results.ops.total(), b.results.ops.total());
  count_row(page, "ok", a.results.ops.ok, b.results.ops.ok);
  count_row(page, "fail", a.results.ops.fail, b.results.ops.fail);
  count_row(page, "info", a.results.ops.info, b.results.ops.info);
  figure_row(page, "ok a second", p.ok_per_second, q.ok_per_second, decimal(p.ok_per_second, 1),
             decimal(q.ok_per_second, 1));
  time_row(page, "p50", p.p50, q.p50);
  time_row(page, "p95", p.p95, q.p95);
  time_row(page, "p99", p.p99, q.p99);
  time_row(page, "p99, quiet", p.p99_quiet, q.p99_quiet);
  time_row(page, "p99, in faults", p.p99_fault, q.p99_fault);
  time_row(page, "longest outage", p.longest_outage, q.longest_outage);
  const auto recovery = [](const Digest& run) { return run.recovered ? run.recovery : never; };
  time_row(page, "longest recovery", recovery(a.run), recovery(b.run));
  count_row(page, "leader changes", static_cast<std::uint64_t>(a.results.leader_changes),
            static_cast<std::uint64_t>(b.results.leader_changes));
  time_row(page, "duration", a.results.duration, b.results.duration);
  time_row(page, "time to check", checking(a.results), checking(b.results));
  close_table(page);
  for (const auto& [letter, one] : {std::pair("A", &a), std::pair("B", &b)})
    if (!one->run.recovered)
      page.element("p", std::string(letter) + " did not recover from a fault at all.");
}

std::string fault_words(const FaultRecord& fault) {
  std::string text = fault_label(fault);
  if (!fault.error.empty()) return text + ": " + fault.error;
  if (fault.applied == never) return text + ", not applied";
  text += ", " + (fault.healed == never ? "from " + at_second(fault.applied)
                                        : span(fault.applied, fault.healed));
  return text + (fault.verified ? "" : ", not proven");
}

void faults(Markup& page, const Compared& a, const Compared& b) {
  constexpr std::size_t most = 500;
  const auto& left = a.results.faults;
  const auto& right = b.results.faults;
  const std::size_t rows = std::max(left.size(), right.size());
  page.element("h2", "Faults, in the order in which they were planned");
  if (rows == 0) {
    page.element("p", "Neither run had any.");
    return;
  }
  open_table(page, "Faults", {"#place", "A", "B"});
  for (std::size_t i = 0; i < std::min(rows, most); ++i) {
    page.open("tr");
    cell(page, std::to_string(i + 1), "num");
    cell(page, i < left.size() ? plain(fault_words(left[i]), 300) : "–");
    cell(page, i < right.size() ? plain(fault_words(right[i]), 300) : "–");
    page.close();
  }
  close_table(page);
  if (rows > most) page.element("p", counted(rows - most, "fault") + " more");
}

}  // namespace

std::string compare_page(const Compared& a, const Compared& b) {
  return framed("Two runs", [&](Markup& page) {
    page.element("h1", "Two runs");
    verdicts(page, a, b);
    differences(page, a, b);
    figures(page, a, b);
    faults(page, a, b);
  });
}

}  // namespace clew
