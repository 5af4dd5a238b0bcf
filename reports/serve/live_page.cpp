#include <algorithm>

#include "reports/html.h"
#include "reports/serve/frame.h"
#include "reports/serve/pages.h"
#include "reports/serve/spark.h"

namespace clew {
namespace {

void figure(Markup& page, std::string_view name, const std::string& value,
            const std::string& detail = "") {
  page.open("div").element("dt", name).open("dd").text(value);
  if (!detail.empty()) page.text(" ").element("small", detail);
  page.close().close();
}

void banner(Markup& page, const Digest& run, const Live& live) {
  const bool running = run.state == Digest::State::running;
  const char* kind = live.violation ? "violation" : (running ? "error" : "unknown");
  page.open("header", {{"class", std::string("banner ") + kind}});
  page.element("h1", live.violation ? "✗ VIOLATION" : (running ? "▸ RUNNING" : "… NO RESULTS"));
  page.open("div");
  page.element(
      "p", plain(run.system + " " + run.version + " " + run.workload + " × " + run.nemesis, 200),
      {{"class", "job"}});
  if (!running) {
    page.element("p", plain(run.problem, 300), {{"class", "sentence"}});
  } else if (live.violation) {
    page.element("p", "No order explains the answers so far. The report will show why.",
                 {{"class", "sentence"}});
  } else {
    page.element("p", live.judged.empty() ? "Nothing is judged yet." : plain(live.judged, 300),
                 {{"class", "sentence"}});
  }
  page.close().close();
}

std::string share(const Tally& ops, std::uint64_t part) { return percent(part, ops.total()); }

void charts(Markup& page, const Live& live) {
  std::vector<std::optional<double>> rate;
  std::vector<std::optional<double>> p99;
  double fastest = 0;
  Nanos worst{};
  for (const Live::Second& second : live.seconds) {
    const auto ok = static_cast<double>(second.ops.ok);
    rate.emplace_back(ok);
    fastest = std::max(fastest, ok);
    worst = std::max(worst, second.p99);
    p99.push_back(second.ops.ok > 0 ? std::optional(static_cast<double>(second.p99.count()))
                                    : std::nullopt);
  }
  if (rate.empty()) return;
  const std::string back = counted(rate.size(), "second");
  page.element("h2", "The last " + back).open("div", {{"class", "tables"}});
  page.open("div").element("h3", "ok operations a second");
  sparkline(page, rate, "ok operations a second, at most " + decimal(fastest, 0), 480);
  page.element("p", "0 to " + decimal(fastest, 0), {{"class", "note"}}).close();
  page.open("div").element("h3", "p99 latency of ok operations");
  sparkline(page, p99, "p99 latency, at most " + latency(worst), 480);
  page.element("p", "0 to " + latency(worst), {{"class", "note"}}).close().close();
}

}  // namespace

std::string live_page(const Digest& run, const Live& live) {
  const bool running = run.state == Digest::State::running;
  return framed(
      (live.violation ? "✗ " : "▸ ") + run_name(run),
      [&](Markup& page) {
        banner(page, run, live);
        page.element("p", "", {{"id", "beat"}, {"class", "note"}, {"role", "status"}});
        page.open("section", {{"class", "figures"}, {"aria-label", "Key figures"}}).open("dl");
        figure(page, "phase", plain(live.phase, 60));
        figure(page, "time", format_duration(live.elapsed),
               "load lasts " + format_duration(live.limit));
        figure(page, "operations", grouped(live.ops.total()));
        figure(
            page, "ok", share(live.ops, live.ops.ok),
            share(live.ops, live.ops.fail) + " fail, " + share(live.ops, live.ops.info) + " info");
        if (!live.seconds.empty()) {
          const Live::Second& last = live.seconds.back();
          figure(page, "ok a second", grouped(last.ops.ok));
          figure(page, "p99", latency(last.p99), latency(last.p50) + " median");
        }
        figure(page, "leader", live.leader.empty() ? "–" : plain(live.leader, 60));
        page.close().close();
        page.element("h2", "Faults in force");
        page.element("p", live.faults.empty() ? "none" : plain(live.faults, 600));
        charts(page, live);
        page.open("p").element("a", "its files", {{"href", run_link(run)}}).close();
      },
      running);
}

}  // namespace clew
