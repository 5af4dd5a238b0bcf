#include <algorithm>

#include "reports/html.h"
#include "reports/recording.h"
#include "reports/story.h"
#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr double gutter = 104, plot_width = 976, margin = 20, row_height = 24, axis_height = 28;
constexpr std::size_t most_rows = 40, most_marks = 2000;

double seconds(Nanos time) { return std::chrono::duration<double>(time).count(); }

struct Timeline {
  const Results& results;
  double end = 1;  // Seconds.
  std::vector<std::string> kinds;
  std::vector<std::string> nodes;
  double bottom = 0;

  double x(Nanos time) const {
    const double share = time == never ? 1 : std::clamp(seconds(time) / end, 0.0, 1.0);
    return gutter + plot_width * share;
  }
};

// The end of the run: of the last thing that is known to have happened.
double end_of(const Results& results) {
  Nanos end{};
  const auto consider = [&](Nanos time) {
    if (time != never) end = std::max(end, time);
  };
  if (!results.performance.bins.empty()) consider(results.performance.bins.back().to);
  for (const FaultRecord& fault : results.faults) {
    if (fault.applied != never) consider(fault.applied);
    consider(fault.healed);
  }
  for (const LeaderSpan& span : results.leaders) consider(span.to);
  return std::max(seconds(end), 1e-6);
}

// The first of the labels that fits; none if none does.
void draw_label(Markup& page, double x, double y, double w,
                std::initializer_list<std::string> labels) {
  for (const std::string& label : labels) {
    if (static_cast<double>(width(label)) * 7 + 10 >= w) continue;
    svg_text(page, x + 6, y + 13, label, {"w", "start", 11});
    return;
  }
}

void draw_fault_rows(Markup& page, const Timeline& line, double top) {
  std::size_t drawn = 0;
  for (std::size_t kind = 0; kind < line.kinds.size(); ++kind)
    svg_text(page, gutter - 14, top + static_cast<double>(kind) * row_height + 15,
             plain(line.kinds[kind], 13), {"m", "end"});
  for (const FaultRecord& fault : line.results.faults) {
    const std::size_t kind = kind_of(line.kinds, fault);
    if (!fault.verified || fault.applied == never || kind == line.kinds.size()) continue;
    if (++drawn > most_marks) break;
    const double x = line.x(fault.applied);
    const double w = std::max(line.x(fault.healed) - x, 2.0);
    const double y = top + static_cast<double>(kind) * row_height;
    const Paint colours = fault_paint(kind);
    svg_band(page, x, y, w, line.bottom - y, colours);
    page.open("g").element("title", fault_label(fault) + ", " + span(fault.applied, fault.healed));
    svg_rect(page, x, y + 1, w, row_height - 5, colours, 3);
    std::string label = fault_label(fault);
    if (label.starts_with(fault.fault + " ")) label.erase(0, fault.fault.size() + 1);
    draw_label(page, x, y, w, {label});
    page.close();
  }
}

void draw_node_rows(Markup& page, const Timeline& line, double top) {
  const auto row_of = [&](const std::string& node) {
    return static_cast<std::size_t>(std::find(line.nodes.begin(), line.nodes.end(), node) -
                                    line.nodes.begin());
  };
  for (std::size_t row = 0; row < line.nodes.size(); ++row) {
    const double y = top + static_cast<double>(row) * row_height;
    svg_text(page, gutter - 14, y + 15, plain(line.nodes[row], 13), {"t", "end"});
    svg_line(page, gutter, y + row_height / 2, gutter + plot_width, y + row_height / 2,
             paint::grid);
  }
  std::size_t drawn = 0;
  const auto draw = [&](const std::string& node, Nanos from, Nanos to, const Paint& colours,
                        std::int64_t term, const std::string& more) {
    const std::string label = "term " + std::to_string(term);
    const std::size_t row = row_of(node);
    if (row == line.nodes.size() || ++drawn > most_marks) return;
    const double y = top + static_cast<double>(row) * row_height;
    const double w = std::max(line.x(to) - line.x(from), 2.0);
    svg_rect(page, line.x(from), y + 2, w, row_height - 6, colours, 3);
    draw_label(page, line.x(from), y + 1, w, {label + more, more.empty() ? "" : "two leaders"});
  };
  for (const LeaderSpan& span : line.results.leaders)
    draw(span.node, span.from, span.to, paint::leader, span.term, "");
  for (const Overlap& both : overlaps(line.results.leaders))
    for (const LeaderSpan& span : {both.older, both.newer})
      draw(span.node, both.from, both.to, paint::split, span.term, ", two leaders");
}

void draw_failures(Markup& page, const Timeline& line) {
  std::size_t drawn = 0;
  for (const Counterexample* shown : counterexamples(line.results)) {
    if (shown->calls.empty() || ++drawn > 10) continue;
    const double x = line.x(window(*shown).second);
    svg_line(page, x, 14, x, line.bottom, paint::split, 1.5, "4 3");
    svg_text(page, x, 12, "✗", {"r", "middle", 13});
  }
}

void draw_axis(Markup& page, const Timeline& line) {
  const std::vector<double> marks = ticks(0, line.end, 8);
  const double step = marks.size() > 1 ? marks[1] - marks[0] : 1;
  svg_line(page, gutter, line.bottom, gutter + plot_width, line.bottom, paint::grid);
  for (const double mark : marks)
    svg_text(page, gutter + plot_width * mark / line.end, line.bottom + 17,
             tick_label(mark, step, "s"), {"m", "middle", 11});
}

std::string caption(const Results& results) {
  std::string text =
      fault_kinds(results.faults).empty()
          ? "When each node claimed to lead, as it said itself; no fault was seen to be in force. "
          : "Above, the faults that were seen to be in force; below, when each node claimed to "
            "lead, as "
            "it said itself. ";
  const std::size_t both = overlaps(results.leaders).size();
  if (both > 0)
    text += "Red: two nodes claimed to lead at the same time" +
            (both > 1 ? ", " + counted(both, "time") : "") + ". ";
  if (!counterexamples(results).empty()) text += "✗ marks the end of a counterexample.";
  return text;
}

}  // namespace

void html_timeline(Markup& page, const Results& results, const Recording& recording) {
  Timeline line{results, end_of(results), fault_kinds(results.faults), {}, 0};
  if (line.kinds.size() > most_rows) line.kinds.resize(most_rows);
  line.nodes = results.nodes;
  for (const LeaderSpan& span : results.leaders)
    if (std::find(line.nodes.begin(), line.nodes.end(), span.node) == line.nodes.end())
      line.nodes.push_back(span.node);
  if (line.nodes.size() > most_rows) line.nodes.resize(most_rows);
  const bool drawn = !line.kinds.empty() || !results.leaders.empty();
  if (!drawn && recording.operations.count == 0) return;
  const double faults_top = 20;
  const double nodes_top = faults_top + static_cast<double>(line.kinds.size()) * row_height + 4;
  line.bottom = nodes_top + static_cast<double>(line.nodes.size()) * row_height + 4;
  page.open("section", {{"id", "timeline"}});
  const bool all = recording.operations.count > 0;
  page.element("h2", all ? "Timeline" : "Faults and leaders");
  if (!drawn) {
    page.element("p",
                 "No fault was in force, and nobody was seen to lead. With JavaScript every "
                 "operation is drawn here.",
                 {{"class", "note without-script"}});
    page.close();
    return;
  }
  page.open("figure", {{"class", all ? "static" : ""}});
  open_scroll(page, "Faults and leaders over time");
  open_svg(page, gutter + plot_width + margin, line.bottom + axis_height,
           "Faults and leaders over time: " + counted(results.faults.size(), "fault") + ", " +
               std::to_string(results.leader_changes) + " leader changes");
  draw_fault_rows(page, line, faults_top);
  draw_node_rows(page, line, nodes_top);
  draw_failures(page, line);
  draw_axis(page, line);
  page.close().close();
  page.element("figcaption", caption(results));
  page.close().close();
}

}  // namespace clew
