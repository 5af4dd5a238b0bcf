#include <algorithm>
#include <string>
#include <vector>

#include "reports/html.h"
#include "reports/lanes.h"
#include "reports/story.h"
#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr double gutter = 104, margin = 20, band_height = 22, lane_height = 70;
constexpr double bar_top = 18, bar_height = 28, axis_height = 34, usual_width = 970;

double text_width(std::string_view text) { return static_cast<double>(width(text)) * 7.25; }

// What is drawn: the calls around the failure, laid out.
struct Drawing {
  const Results& results;
  const Counterexample& shown;
  std::string id;
  std::vector<ShownCall> calls;
  std::size_t first = 0;  // Of the drawn calls, in the counterexample.
  std::vector<std::string> labels;
  std::vector<std::string> notes;  // Under each bar: the state after it, or why it fits nowhere.
  std::vector<std::size_t> step;   // 1..k; 0: none.
  std::vector<const Blocked*> blocked;
  Lanes lanes;
  bool to_scale = false;
  double top = 0;  // Where the lanes begin.
};

void place_calls(Drawing& drawing) {
  const Counterexample& shown = drawing.shown;
  const auto [first, last] = shown_range(shown, most_drawn_calls);
  drawing.first = first;
  drawing.step.assign(last - first, 0);
  drawing.notes.assign(last - first, "");
  for (std::size_t k = 0; k < shown.order.size(); ++k) {
    const Step& step = shown.order[k];
    if (step.call < first || step.call >= last) continue;
    drawing.step[step.call - first] = k + 1;
    drawing.notes[step.call - first] = "state: " + plain(step.state, 36);
  }
  for (std::size_t i = first; i < last; ++i) {
    drawing.calls.push_back(shown.calls[i]);
    drawing.labels.push_back(call_text(shown.calls[i].text, 44));
    drawing.blocked.push_back(blocked_at(shown, i));
    if (drawing.blocked.back() != nullptr)
      drawing.notes[i - first] = "✗ " + plain(drawing.blocked.back()->reason, 90);
  }
}

// To scale only if every label fits into its bar and every pause can be seen.
bool readable(const Drawing& drawing, const Lanes& lanes) {
  for (std::size_t i = 0; i < lanes.bars.size(); ++i) {
    const Bar& bar = lanes.bars[i];
    if (bar.right - bar.left < text_width(drawing.labels[i]) + 30) return false;
    for (std::size_t k = 0; k < lanes.bars.size(); ++k) {
      if (drawing.calls[i].returned >= drawing.calls[k].invoked) continue;
      if (lanes.bars[k].left - bar.right < 5) return false;
    }
  }
  return true;
}

// What does not fit into its bar stands beneath it.
void move_labels(Drawing& drawing) {
  for (std::size_t i = 0; i < drawing.calls.size(); ++i) {
    const Bar& bar = drawing.lanes.bars[i];
    if (bar.right - bar.left >= text_width(drawing.labels[i]) + 16) continue;
    drawing.notes[i] =
        drawing.labels[i] + (drawing.notes[i].empty() ? "" : "; ") + drawing.notes[i];
    drawing.labels[i].clear();
  }
}

void lay_out(Drawing& drawing, Scale scale) {
  drawing.lanes = by_time(drawing.calls, usual_width);
  drawing.to_scale =
      scale == Scale::time || (scale == Scale::readable && readable(drawing, drawing.lanes));
  if (drawing.to_scale && !readable(drawing, drawing.lanes)) move_labels(drawing);
  if (drawing.to_scale) return;
  std::vector<double> widths;
  for (std::size_t i = 0; i < drawing.calls.size(); ++i) {
    const double note = drawing.blocked[i] != nullptr ? 0 : text_width(drawing.notes[i]);
    widths.push_back(std::max(text_width(drawing.labels[i]) + 36, note + 12));
  }
  double gap = 26;
  drawing.lanes = by_order(drawing.calls, widths, gap);
  if (drawing.lanes.end <= 0 || drawing.lanes.end >= usual_width) return;
  const double stretch = std::min(usual_width / drawing.lanes.end, 2.0);
  for (double& w : widths) w *= stretch;
  gap *= stretch;
  drawing.lanes = by_order(drawing.calls, widths, gap);
}

void draw_row_name(Markup& page, double y, std::string_view name, std::string_view how = "t") {
  svg_text(page, gutter - 14, y, name, {how, "end"});
}

void draw_span(Markup& page, double x, double y, double w, const Paint& paint,
               const std::string& label) {
  svg_rect(page, x, y, std::max(w, 2.0), band_height - 4, paint, 3);
  const bool fits = text_width(label) + 12 < w;
  svg_text(page, fits ? x + 7 : x + w + 6, y + 13, label, {fits ? "w" : "m", "start", 11});
}

// The faults in force, then who claimed to lead: one row each.
void draw_surroundings(Markup& page, Drawing& drawing, const Results& results, bool really) {
  const auto [from, to] = window(drawing.shown);
  const std::vector<std::string> kinds = fault_kinds(results.faults);
  double y = 10;
  std::size_t rows = 0;
  for (const FaultRecord& fault : results.faults) {
    if (!in_force(fault, from, to) || ++rows > 4) continue;
    const double left = gutter + drawing.lanes.x_of(std::max(fault.applied, from));
    const double right = gutter + drawing.lanes.x_of(std::min(fault.healed, to));
    if (really) {
      draw_row_name(page, y + 13, "fault", "m");
      draw_span(page, left, y, right - left, fault_paint(kind_of(kinds, fault)),
                fault_label(fault) + "  " + span(fault.applied, fault.healed));
    }
    y += band_height;
  }
  std::vector<std::string> nodes;
  for (const LeaderSpan& span : results.leaders)
    if (span.from <= to && span.to >= from && nodes.size() < 6 &&
        std::find(nodes.begin(), nodes.end(), span.node) == nodes.end())
      nodes.push_back(span.node);
  const std::vector<Overlap> both = overlaps(results.leaders);
  for (const std::string& node : nodes) {
    if (really) draw_row_name(page, y + 13, plain(node, 12), "m");
    for (const LeaderSpan& span : results.leaders) {
      if (!really || span.node != node || span.from > to || span.to < from) continue;
      const bool split = std::any_of(both.begin(), both.end(), [&](const Overlap& o) {
        return (o.older.node == node || o.newer.node == node) && o.from <= to && o.to >= from;
      });
      const double left = gutter + drawing.lanes.x_of(std::max(span.from, from));
      const double right = gutter + drawing.lanes.x_of(std::min(span.to, to));
      draw_span(page, left, y, right - left, split ? paint::split : paint::leader,
                "leads term " + std::to_string(span.term));
    }
    y += band_height;
  }
  drawing.top = y + 6;
}

const Paint& paint_of(const Drawing& drawing, std::size_t i) {
  if (drawing.blocked[i] != nullptr) return paint::bad;
  if (drawing.calls[i].outcome == Kind::fail) return paint::fail;
  if (drawing.calls[i].outcome == Kind::ok) return paint::ok;
  return paint::info;
}

double lane_y(const Drawing& drawing, std::size_t i) {
  return drawing.top + static_cast<double>(drawing.lanes.bars[i].lane) * lane_height + bar_top;
}

void draw_bar(Markup& page, const Drawing& drawing, std::size_t i) {
  const Bar& bar = drawing.lanes.bars[i];
  const double x = gutter + bar.left;
  const double y = lane_y(drawing, i);
  const double w = std::max(bar.right - bar.left, 3.0);
  page.open("g");
  page.element("title", client_name(drawing.calls[i]) + ": " + drawing.labels[i] + ", " +
                            at_second(drawing.calls[i].invoked) + " to " +
                            (bar.open ? "unknown" : at_second(drawing.calls[i].returned)));
  if (bar.open && drawing.blocked[i] == nullptr) {
    const std::string fade = "url(#" + drawing.id + "-fade)";
    svg_rect(page, x, y, w, bar_height, {"open", fade, "none"}, 4);
  } else {
    svg_rect(page, x, y, w, bar_height, paint_of(drawing, i), 4);
  }
  page.close();
}

// What is called, and beneath it the state after it or why it fits nowhere.
void draw_texts(Markup& page, const Drawing& drawing, std::size_t i, double drawing_width) {
  const double x = gutter + drawing.lanes.bars[i].left;
  const double y = lane_y(drawing, i);
  const bool stuck = drawing.blocked[i] != nullptr;
  svg_text(page, x + 10, y + 19, drawing.labels[i], {stuck ? "w" : "mono"});
  if (drawing.notes[i].empty()) return;
  const bool turned = x + text_width(drawing.notes[i]) > drawing_width;
  svg_text(page, turned ? drawing_width - 4 : x + 2, y + bar_height + 15, drawing.notes[i],
           {stuck ? "r" : "m", turned ? "end" : "start", 11.5});
}

void draw_point(Markup& page, double x, double y, const std::string& text, const Paint& colours) {
  const double half = std::max(9.5, text_width(text) / 2 + 2);
  svg_rect(page, x - half, y - 9.5, 2 * half, 19, {colours.name, colours.fill, "#ffffff"}, 9.5);
  svg_text(page, x, y + 4, text, {"w", "middle", 11});
}

struct Point {
  double x = 0, y = 0;
  std::string text{};
  bool stuck = false;
};

// The numbered points of the order, then what does not fit.
std::vector<Point> points_of(const Drawing& drawing) {
  std::vector<std::size_t> bars;
  std::vector<std::size_t> numbers;
  for (std::size_t k = 0; k < drawing.shown.order.size(); ++k) {
    const std::size_t call = drawing.shown.order[k].call;
    if (call < drawing.first || call >= drawing.first + drawing.calls.size()) continue;
    bars.push_back(call - drawing.first);
    numbers.push_back(k + 1);
  }
  const std::vector<double> x = places(drawing.lanes, bars, 24);
  std::vector<Point> points;
  for (std::size_t k = 0; k < bars.size(); ++k)
    points.push_back({gutter + x[k], lane_y(drawing, bars[k]), std::to_string(numbers[k]), false});
  for (std::size_t i = 0; i < drawing.calls.size(); ++i) {
    if (drawing.blocked[i] == nullptr) continue;
    const Bar& bar = drawing.lanes.bars[i];
    const double middle =
        bar.open ? std::min(bar.left + 60, bar.right) : (bar.left + bar.right) / 2;
    points.push_back({gutter + middle, lane_y(drawing, i), "✗", true});
  }
  return points;
}

// A line through the points of the order; a broken one to each that does not fit.
void draw_thread(Markup& page, const std::vector<Point>& points) {
  const Point* last = nullptr;
  for (const Point& point : points) {
    if (last != nullptr)
      svg_line(page, last->x, last->y, point.x, point.y, point.stuck ? paint::split : paint::thread,
               2, point.stuck ? "5 4" : "");
    if (!point.stuck) last = &point;
  }
}

void draw_axis(Markup& page, const Drawing& drawing, double y) {
  const double right = gutter + drawing.lanes.end;
  svg_line(page, gutter, y, right, y, paint::grid, 1);
  const auto [from, to] = window(drawing.shown);
  if (drawing.to_scale) {
    const double start = std::chrono::duration<double>(from).count();
    const double end = std::chrono::duration<double>(to).count();
    const std::vector<double> marks = ticks(start, end, 5);
    const double step = marks.size() > 1 ? marks[1] - marks[0] : 0.001;
    for (const double mark : marks) {
      const double x = gutter + drawing.lanes.x_of(Nanos(static_cast<std::int64_t>(mark * 1e9)));
      svg_line(page, x, y, x, y + 4, paint::grid);
      svg_text(page, x, y + 17, tick_label(mark, step, "s"), {"m", "middle", 11});
    }
    svg_text(page, right, y + 30, "real time, to scale", {"m", "end", 11});
    return;
  }
  const Nanos begin = drawing.calls.front().invoked;
  svg_text(page, gutter, y + 17, at_second(begin), {"m", "start", 11});
  svg_text(page, right, y + 17, at_second(to), {"m", "end", 11});
  svg_text(page, (gutter + right) / 2, y + 17, "order of events; lengths are not to scale",
           {"m", "middle", 11});
}

void define_fade(Markup& page, const std::string& id) {
  page.open("defs").open("linearGradient", {{"id", id + "-fade"}});
  page.leaf("stop", {{"class", "fade"}, {"offset", "0.3"}, {"stop-color", "#fbe2b6"}});
  page.leaf("stop",
            {{"class", "fade"}, {"offset", "1"}, {"stop-color", "#fbe2b6"}, {"stop-opacity", "0"}});
  page.close().close();
}

}  // namespace

bool svg_counterexample(Markup& page, const Results& results, const Counterexample& shown,
                        const std::string& id, Scale scale) {
  if (shown.calls.empty()) return false;
  Drawing drawing{results, shown, id, {}, 0, {}, {}, {}, {}, {}, false, 0};
  place_calls(drawing);
  lay_out(drawing, scale);
  draw_surroundings(page, drawing, results, false);  // Only to know how high it is.
  double note = 0;
  for (const std::string& text : drawing.notes) note = std::max(note, text_width(text));
  const double drawing_width = gutter + std::max(drawing.lanes.end, note) + margin;
  const double lanes_end =
      drawing.top + static_cast<double>(drawing.lanes.processes.size()) * lane_height;
  open_svg(page, drawing_width, lanes_end + axis_height,
           "The calls of key " + plain(shown.key, 60) +
               " by client, and why no order fits: " + plain(shown.sentence, 300));
  define_fade(page, id);
  draw_surroundings(page, drawing, results, true);
  for (std::size_t lane = 0; lane < drawing.lanes.processes.size(); ++lane) {
    const double y = drawing.top + static_cast<double>(lane) * lane_height + bar_top;
    svg_line(page, gutter, y + bar_height / 2, gutter + drawing.lanes.end, y + bar_height / 2,
             paint::grid);
    draw_row_name(page, y + 13, "client " + std::to_string(drawing.lanes.processes[lane]));
    for (std::size_t i = 0; i < drawing.calls.size(); ++i) {
      if (drawing.lanes.bars[i].lane != lane || drawing.calls[i].node.empty()) continue;
      draw_row_name(page, y + 28, "on " + plain(drawing.calls[i].node, 12), "m");
      break;
    }
  }
  const std::vector<Point> points = points_of(drawing);
  draw_thread(page, points);
  for (std::size_t i = 0; i < drawing.calls.size(); ++i) draw_bar(page, drawing, i);
  for (std::size_t i = 0; i < drawing.calls.size(); ++i)
    draw_texts(page, drawing, i, drawing_width);
  for (const Point& point : points)
    draw_point(page, point.x, point.y, point.text, point.stuck ? paint::bad : paint::point);
  draw_axis(page, drawing, lanes_end);
  page.close();
  return drawing.to_scale;
}

}  // namespace clew
