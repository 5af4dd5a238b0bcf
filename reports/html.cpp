#include "reports/html.h"

#include <algorithm>
#include <array>
#include <utility>

#include "reports/page_template.h"
#include "reports/recording.h"
#include "reports/reporter.h"
#include "reports/story.h"
#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {

namespace {

std::string_view class_of(Standing stands) {
  switch (stands) {
    case Standing::pass: return "pass";
    case Standing::violation: return "violation";
    case Standing::unknown: return "unknown";
    case Standing::error: break;
  }
  return "error";
}

void head(Markup& page, const Results& results) {
  page.open("head");
  page.leaf("meta", {{"charset", "utf-8"}});
  page.leaf("meta",
            {{"http-equiv", "Content-Security-Policy"}, {"content", std::string(page_policy())}});
  page.leaf("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  page.leaf("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  page.element("title", std::string(symbol(standing(results))) + " " + verdict_words(results) +
                            " · " + job_title(results));
  page.open("style").raw(page_style()).close();
  page.close();
}

void contents(Markup& page, const Results& results, const Recording& recording) {
  page.open("nav", {{"aria-label", "Contents"}});
  page.element("strong", "clew");
  const auto link = [&](bool present, std::string_view id, std::string_view label) {
    if (present) page.text(" ").element("a", label, {{"href", "#" + std::string(id)}});
  };
  link(!counterexamples(results).empty(), "counterexample", "Counterexample");
  const bool lanes = recording.operations.count > 0;
  link(lanes || !results.leaders.empty() || !fault_kinds(results.faults).empty(), "timeline",
       "Timeline");
  link(!results.performance.bins.empty(), "performance", "Performance");
  link(key_count(results).total > 0, "keys", "Keys");
  link(!results.verdicts.empty(), "checkers", "Checkers");
  link(!results.faults.empty(), "faults", "Faults");
  link(lanes && !recording.logs.lines.empty(), "logs", "Logs");
  link(recording.job.size() > 1, "trend", "Trend");
  link(true, "operations", "Operations");
  link(true, "reproduce", "Reproduce");
  link(true, "help", "Help");
  page.close();
}

void figure(Markup& page, std::string_view name, const std::string& value,
            const std::string& detail = "") {
  page.open("div").element("dt", name).open("dd").text(value);
  if (!detail.empty()) page.text(" ").element("small", detail);
  page.close().close();
}

}  // namespace

void html_banner(Markup& page, const Results& results) {
  const Standing stands = standing(results);
  page.open("header", {{"class", "banner " + std::string(class_of(stands))}});
  page.open("h1");
  page.element("span", symbol(stands), {{"class", "symbol"}, {"aria-hidden", "true"}});
  page.text(" " + verdict_words(results));
  page.close();
  page.open("div");
  page.element("p", job_title(results), {{"class", "job"}});
  if (!results.sentence.empty())
    page.element("p", plain(results.sentence, 2000), {{"class", "sentence"}});
  if (results.sentence.find(results.cause) == std::string::npos &&
      !results.cause.starts_with("vacuous"))
    page.element("p", "Cause: " + plain(results.cause, 400), {{"class", "cause"}});
  page.close().close();
  const bool hollow = !results.vacuous.empty();
  if (!hollow && results.warnings.empty()) return;
  page.open("ul", {{"class", "warnings"}});
  const auto list = [&](const std::vector<std::string>& texts, std::string_view before) {
    for (std::size_t i = 0; i < std::min<std::size_t>(texts.size(), 30); ++i)
      page.element("li", std::string(before) + plain(texts[i], 400));
    if (texts.size() > 30) page.element("li", grouped(texts.size() - 30) + " more");
  };
  list(results.vacuous, "Vacuous: ");
  list(results.warnings, "Warning: ");
  page.close();
}

void html_key_figures(Markup& page, const Results& results) {
  const Tally& ops = results.ops;
  const Performance& perf = results.performance;
  const KeyCount keys = key_count(results);
  page.open("section", {{"class", "figures"}, {"aria-label", "Key figures"}}).open("dl");
  figure(page, "operations", grouped(ops.total()),
         ops.total() > 0 ? "in " + format_duration(results.duration) : "");
  figure(page, "ok", percent(ops.ok, ops.total()),
         percent(ops.fail, ops.total()) + " fail, " + percent(ops.info, ops.total()) + " info");
  if (keys.total > 0)
    figure(page, "keys", grouped(keys.total),
           keys.invalid > 0 ? grouped(keys.invalid) + " ✗"
                            : (keys.unknown > 0 ? grouped(keys.unknown) + " ?" : "all ✓"));
  const auto verified = std::count_if(results.faults.begin(), results.faults.end(),
                                      [](const FaultRecord& fault) { return fault.verified; });
  figure(page, "faults in force", grouped(static_cast<std::uint64_t>(verified)),
         results.faults.empty() ? "none planned"
                                : "of " + grouped(results.faults.size()) + " planned");
  if (!results.leaders.empty())
    figure(page, "leader changes", std::to_string(results.leader_changes));
  figure(page, "p99, quiet", latency(perf.p99_quiet), latency(perf.p99_fault) + " in faults");
  figure(page, "longest outage", latency(perf.longest_outage));
  Nanos checking{};
  bool exact = true;
  for (const Verdict& verdict : results.verdicts) {
    checking += verdict.check_time;
    exact = exact && verdict.exact;
  }
  if (!results.verdicts.empty())
    figure(page, "checked in", format_duration(checking), exact ? "exact" : "not exact");
  for (const Gate& gate : results.gates)
    figure(page, "gate " + plain(gate.text, 60), gate.held ? "✓ held" : "✗ failed",
           plain(gate.measured, 200));
  if (has_seed(results)) figure(page, "seed", std::to_string(results.seed));
  page.close().close();
}

void html_help(Markup& page) {
  page.open("section", {{"id", "help"}}).element("h2", "Help");
  const std::array<std::pair<std::string_view, std::string_view>, 7> texts{
      {{"ok, fail, info",
        "ok: it took effect, and the answer is known. fail: it certainly did not take effect and "
        "never will, like a refused compare-and-set. info: nobody knows, like a timeout; it may "
        "take effect at any later time, or never."},
       {"Linearizable",
        "Every operation seems to happen at one instant between its call and its return. So all "
        "operations can be put into one order that respects real time: what returned before "
        "another began comes first. Replaying that order on a single, correct object gives exactly "
        "the answers the clients got. If no such order exists, the system showed something that "
        "one correct copy never could: not linearizable. If the search hit a limit: unknown."},
       {"Reading a counterexample",
        "A bar is an operation, from call to return; bars that overlap were concurrent and may "
        "take effect in either order. The numbers show the longest order that works and the state "
        "after each step. A red bar fits nowhere; its reason is beneath. A bar that fades out "
        "never came back."},
       {"Reading the timeline",
        "Each lane is a client, with the node that it asked first; a client whose answer got lost "
        "goes on in the same lane as a new process. Seen from afar, a column shows how its time "
        "was "
        "shared out among outcomes, the unusual ones on top and never less than a pixel. Seen from "
        "near, each operation is a bar, and an unknown outcome fades out: it may still take "
        "effect. "
        "Above are the faults that were seen to be in force, and what each node was: leader of a "
        "term, down, paused, with its clock off. Drag to pan, Shift and drag to zoom into a "
        "stretch, "
        "Ctrl and the wheel to zoom. Keys: + and - zoom, a and d pan, 0 shows the whole run, e "
        "goes "
        "to the next counterexample, [ and ] to a fault, arrows walk from operation to operation. "
        "The address keeps the view: a copied link opens it again."},
       {"Reading the charts",
        "Latencies are those of ok operations, on a logarithmic scale: p99 is what 99 of 100 "
        "stayed "
        "under. Where a stretch had fewer than 20 of them, percentiles say little. An answer is ok "
        "or "
        "a refused compare-and-set; a share below 100 % is what clients could not use. Red at the "
        "foot: stretches without any success. Shaded: faults in force. Clients wait for an answer "
        "before they ask again, so a slow system is also asked less."},
       {"What still holds",
        "Promises that leave real time out, key by key. Sequential consistency: one order of all "
        "operations keeps each client's own order and explains every answer. Monotonic reads: a "
        "client that saw a value never sees an older one. Monotonic writes: a client's writes "
        "take effect in its order. Read your writes: a client never sees less than it wrote. "
        "Writes follow reads: what a client writes comes after what it saw. Each is judged by "
        "itself, on top of monotonic writes; a client whose answer got lost counts as a new one. "
        "A stale read returned what had certainly been overwritten before it was asked for."},
       {"Vacuous",
        "Nothing was really tested: no read or no write succeeded, or no fault was seen to take "
        "effect though some were asked for. Such a run is never a pass."}}};
  for (const auto& [term, text] : texts)
    page.open("details").element("summary", term).element("p", text).close();
  page.close();
}

void html_sign_off(Markup& page, const Results& results) {
  page.open("section", {{"class", "sign-off"}}).element("h2", "Sign-off");
  page.element("p", "Scope: " + job_title(results) +
                        (has_seed(results) ? ", seed " + std::to_string(results.seed) : "") + ", " +
                        counted(results.ops.total(), "operation") +
                        ". Result: " + verdict_words(results) + ".");
  page.element("p",
               "Name ______________________   Date ______________   Signature "
               "______________________");
  page.close();
}

namespace {

// Says so where the page has less than was recorded.
void left_out(Markup& page, const Recording& recording) {
  const Operations& ops = recording.operations;
  std::vector<std::string> parts;
  if (ops.values_left_out > 0)
    parts.push_back("the values of " + counted(ops.values_left_out, "operation"));
  if (recording.detail >= Detail::no_logs) parts.push_back("the logs");
  if (ops.left_out > 0)
    parts.push_back(counted(ops.left_out, "operation") +
                    (ops.count > 0 ? " on keys that did not fail" : ""));
  if (parts.empty()) return;
  std::string list = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i)
    list += (i + 1 < parts.size() ? ", " : " and ") + parts[i];
  page.element("p",
               "Left out, to keep this page small: " + list +
                   ". The totals and the counterexamples are of all; history.jsonl and the folder "
                   "nodes have the rest, and --report-max-mb lets more in.",
               {{"class", "note"}});
}

// One self-contained page that asks nobody for anything. It is whole without JavaScript; its
// script adds what needs one: every operation, zoom, search, links into the middle.
class Html : public Reporter {
 public:
  static constexpr std::string_view name = "html";
  static constexpr std::string_view summary = "one page for people: report.html";
  static constexpr std::array<OptionSpec, 0> options{};
  explicit Html(const Options&) {}

  std::string_view file_name() const override { return "report.html"; }

  bool shows_recording() const override { return true; }

  std::string render(const Results& results) const override { return render(results, {}); }

  std::string render(const Results& results, const Recording& recording) const override {
    Markup page;
    page.raw("<!DOCTYPE html>\n").open("html", {{"lang", "en"}});
    head(page, results);
    page.open("body");
    contents(page, results, recording);
    page.open("main");
    html_banner(page, results);
    html_key_figures(page, results);
    html_counterexamples(page, results, recording);
    html_timeline(page, results, recording);
    left_out(page, recording);
    html_performance(page, results, recording);
    html_keys(page, results);
    html_checkers(page, results);
    html_faults(page, results);
    html_logs(page, results, recording);
    html_trend(page, results, recording);
    html_operations(page, results);
    html_reproduce(page, results);
    html_help(page);
    html_sign_off(page, results);
    page.close();
    if (recording.operations.count > 0) html_data(page, results, recording);
    page.open("script").raw(page_script()).close();
    page.close().close();
    return page.take();
  }
};

const Register<Reporter, Html> registered;

}  // namespace
}  // namespace clew
