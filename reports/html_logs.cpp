#include <algorithm>

#include "reports/html.h"
#include "reports/recording.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_static = 120;

std::string offset_text(Nanos offset) {
  if (std::chrono::abs(offset) < std::chrono::milliseconds(1)) return "";
  return (offset < Nanos{0} ? "-" : "+") + format_duration(std::chrono::abs(offset));
}

void row(Markup& page, const LogLine& line) {
  page.open("tr");
  cell(page, at_second(line.at), "num");
  cell(page, plain(line.node, 40));
  cell(page, line.level);
  cell(page, line.text, "code");
  cell(page, offset_text(line.offset), "num");
  page.close();
}

// The lines around the middle; with a script the page shows all.
std::pair<std::size_t, std::size_t> around_middle(const NodeLogs& logs) {
  const Nanos middle = logs.from + (logs.to - logs.from) / 2;
  const auto it = std::lower_bound(logs.lines.begin(), logs.lines.end(), middle,
                                   [](const LogLine& line, Nanos at) { return line.at < at; });
  const auto at = static_cast<std::size_t>(it - logs.lines.begin());
  const std::size_t first = at > most_static / 2 ? at - most_static / 2 : 0;
  return {first, std::min(first + most_static, logs.lines.size())};
}

}  // namespace

void html_logs(Markup& page, const Results& results, const Recording& recording) {
  const NodeLogs& logs = recording.logs;
  if (recording.operations.count == 0 || (logs.lines.empty() && logs.missing.empty())) return;
  page.open("section", {{"id", "logs"}}).element("h2", "Logs of the nodes");
  if (logs.lines.empty()) {
    page.element("p", "Not shown: " + logs.missing + ".").close();
    return;
  }
  const bool failed = !counterexamples(results).empty();
  page.element(
      "p", counted(logs.lines.size(), "line") + " from " + span(logs.from, logs.to) +
               (failed ? ", around the first counterexample" : ", around the first fault") +
               ", on the run's own clock" +
               (logs.left_out > 0 ? "; " + grouped(logs.left_out) + " further away left out" : "") +
               ". Where a fault had bent a node's clock, that was taken off, as the last "
               "column says. The whole logs are in nodes/ in the run's folder.");
  open_scroll(page, "Logs of the nodes");
  page.open("table", {{"class", "logs"}});
  table_head(page, {"#time", "node", "level", "message", "#clock off by"});
  page.open("tbody");
  const auto [first, last] = around_middle(logs);
  for (std::size_t i = first; i < last; ++i) row(page, logs.lines[i]);
  page.close().close().close();
  if (last - first < logs.lines.size())
    page.element(
        "p", "The " + grouped(last - first) + " lines nearest to the middle; with JavaScript all.",
        {{"class", "note without-script"}});
  page.close();
}

}  // namespace clew
