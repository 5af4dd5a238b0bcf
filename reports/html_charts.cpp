#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>

#include "reports/html.h"
#include "reports/recording.h"
#include "reports/story.h"
#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr double chart_width = 560, chart_height = 236;
constexpr double left = 58, right = 548, top = 12, bottom = 200;
constexpr std::size_t most_bands = 300;
constexpr std::uint64_t few_samples = 20;

double seconds(Nanos time) { return std::chrono::duration<double>(time).count(); }

struct Line {
  std::string_view label, name, colour, dashes;
  std::function<double(const TimeBin&)> value;  // Not above 0: nothing there.
};

struct Chart {
  const Results& results;
  double from = 0, to = 1;  // Seconds.
  double lowest = 0, highest = 1;
  bool logarithmic = false;

  double x(double second) const {
    return left + (right - left) * std::clamp((second - from) / (to - from), 0.0, 1.0);
  }
  double y(double value) const {
    const auto at = [&](double v) { return logarithmic ? std::log10(v) : v; };
    const double share = (at(value) - at(lowest)) / (at(highest) - at(lowest));
    return bottom - (bottom - top) * std::clamp(share, 0.0, 1.0);
  }
};

Chart over_time(const Results& results) {
  Chart chart{results};
  chart.from = seconds(results.performance.bins.front().from);
  chart.to = std::max(seconds(results.performance.bins.back().to), chart.from + 1e-9);
  return chart;
}

void draw_faults(Markup& page, const Chart& chart) {
  const std::vector<std::string> kinds = fault_kinds(chart.results.faults);
  std::size_t drawn = 0;
  for (const FaultRecord& fault : chart.results.faults) {
    if (!fault.verified || fault.applied == never || drawn == most_bands) continue;
    const double end = fault.healed == never ? chart.to : seconds(fault.healed);
    if (end < chart.from || seconds(fault.applied) > chart.to) continue;
    const double x = chart.x(seconds(fault.applied));
    svg_band(page, x, top, chart.x(end) - x, bottom - top, fault_paint(kind_of(kinds, fault)));
    ++drawn;
  }
}

void draw_time_axis(Markup& page, const Chart& chart) {
  const std::vector<double> marks = ticks(chart.from, chart.to, 6);
  const double step = marks.size() > 1 ? marks[1] - marks[0] : 1;
  for (const double mark : marks)
    if (chart.x(mark) > right - 18) {
      svg_text(page, right + 8, bottom + 18, tick_label(mark, step, "s"), {"m", "end", 11});
    } else {
      svg_text(page, chart.x(mark), bottom + 18, tick_label(mark, step, "s"), {"m", "middle", 11});
    }
  svg_line(page, left, bottom, right, bottom, paint::grid, 1);
}

void draw_value_line(Markup& page, const Chart& chart, double value, const std::string& label) {
  svg_line(page, left, chart.y(value), right, chart.y(value), paint::grid, 1);
  svg_text(page, left - 8, chart.y(value) + 4, label, {"m", "end", 11});
}

// One path; it is broken where there is no value.
void draw_line(Markup& page, const Chart& chart, const Line& line) {
  std::string path;
  bool drawing = false;
  std::vector<std::pair<double, double>> lonely;
  const auto& bins = chart.results.performance.bins;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const double value = line.value(bins[i]);
    if (!(value > 0) && chart.logarithmic) {
      drawing = false;
      continue;
    }
    const double x = chart.x((seconds(bins[i].from) + seconds(bins[i].to)) / 2);
    path += (drawing ? "L" : "M") + decimal(x, 1) + " " + decimal(chart.y(value), 1);
    const bool last = i + 1 == bins.size() || (chart.logarithmic && !(line.value(bins[i + 1]) > 0));
    if (!drawing && last) lonely.emplace_back(x, chart.y(value));
    drawing = true;
  }
  if (path.empty()) return;
  page.leaf("path",
            {{"class", "line " + std::string(line.name)},
             {"d", path},
             {"fill", "none"},
             {"stroke", std::string(line.colour)},
             {"stroke-width", 1.6},
             {"stroke-linejoin", "round"},
             {"stroke-dasharray", line.dashes.empty() ? "none" : std::string(line.dashes)}});
  for (const auto& [x, y] : lonely)
    page.leaf("circle", {{"class", "line " + std::string(line.name)},
                         {"cx", x},
                         {"cy", y},
                         {"r", 2.0},
                         {"fill", "none"},
                         {"stroke", std::string(line.colour)}});
}

void legend_item(Markup& page, const std::string& label, std::string_view name,
                 std::string_view colour, std::string_view dashes, bool band) {
  page.open("span", {{"class", "item"}});
  page.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                    {"width", "22"},
                    {"height", "10"},
                    {"viewBox", "0 0 22 10"},
                    {"aria-hidden", "true"}});
  if (band) {
    page.leaf("rect", {{"class", std::string(name)},
                       {"width", "22"},
                       {"height", "10"},
                       {"rx", "2"},
                       {"fill", std::string(colour)}});
  } else {
    page.leaf("path", {{"class", "line " + std::string(name)},
                       {"d", "M0 5H22"},
                       {"fill", "none"},
                       {"stroke", std::string(colour)},
                       {"stroke-width", 2.0},
                       {"stroke-dasharray", dashes.empty() ? "none" : std::string(dashes)}});
  }
  page.close().text(" " + label).close();
}

void legend(Markup& page, std::span<const Line> lines, const Results& results) {
  page.open("p", {{"class", "legend"}});
  for (const Line& line : lines)
    legend_item(page, std::string(line.label), line.name, line.colour, line.dashes, false);
  const std::vector<std::string> kinds = fault_kinds(results.faults);
  for (std::size_t kind = 0; kind < std::min<std::size_t>(kinds.size(), 12); ++kind)
    legend_item(page, plain(kinds[kind], 40), fault_paint(kind).name, fault_paint(kind).fill, "",
                true);
  page.close();
}

void latency_chart(Markup& page, const Results& results) {
  const auto of = [](Nanos TimeBin::*percentile) {
    return [percentile](const TimeBin& bin) { return seconds(bin.*percentile); };
  };
  const std::array<Line, 4> lines{{{"p50", "l50", "#1f5aa6", "", of(&TimeBin::p50)},
                                   {"p95", "l95", "#8a5a00", "6 3", of(&TimeBin::p95)},
                                   {"p99", "l99", "#b3261e", "2 2", of(&TimeBin::p99)},
                                   {"max", "lmax", "#6e7781", "1 3", of(&TimeBin::max)}}};
  Chart chart = over_time(results);
  chart.logarithmic = true;
  double lowest = 0;
  double highest = 0;
  bool few = false;
  for (const TimeBin& bin : results.performance.bins) {
    if (bin.ops.ok == 0) continue;
    few = few || bin.ops.ok < few_samples;
    const double smallest = std::max(seconds(bin.p50), 1e-9);
    lowest = lowest == 0 ? smallest : std::min(lowest, smallest);
    highest = std::max(highest, seconds(bin.max));
  }
  page.open("figure", {{"class", "chart"}});
  page.element("h3", "Latency of ok operations");
  if (highest <= 0) {
    page.element("p", "No operation succeeded, so there is no latency to show.").close();
    return;
  }
  chart.lowest = std::pow(10, std::floor(std::log10(lowest)));
  chart.highest = std::pow(10, std::ceil(std::log10(highest) - 1e-9));
  if (chart.highest <= chart.lowest) chart.highest = chart.lowest * 10;
  open_scroll(page, "Chart of latencies");
  open_svg(
      page, chart_width, chart_height,
      "Percentiles of latency over time, logarithmic; p99 " + latency(results.performance.p99));
  draw_faults(page, chart);
  for (double value = chart.lowest; value < chart.highest * 1.5; value *= 10)
    draw_value_line(page, chart, value,
                    format_duration(Nanos(static_cast<std::int64_t>(value * 1e9 + 0.5))));
  draw_time_axis(page, chart);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) draw_line(page, chart, *line);
  page.close().close();
  legend(page, lines, results);
  if (few)
    page.element("p",
                 "Some stretches have fewer than 20 ok operations; their percentiles say little.",
                 {{"class", "note"}});
  page.close();
}

void rate_chart(Markup& page, const Results& results) {
  const auto of = [](std::uint64_t Tally::*count) {
    return [count](const TimeBin& bin) {
      return static_cast<double>(bin.ops.*count) / std::max(seconds(bin.to - bin.from), 1e-9);
    };
  };
  const std::array<Line, 3> lines{
      {{"ok", "rok", "#2f6fc4", "", of(&Tally::ok)},
       {"fail", "rfail", "#b4406f", "6 3", of(&Tally::fail)},
       {"info (unknown)", "rinfo", "#a86400", "2 2", of(&Tally::info)}}};
  Chart chart = over_time(results);
  double highest = 0;
  for (const TimeBin& bin : results.performance.bins)
    for (const Line& line : lines) highest = std::max(highest, line.value(bin));
  const std::vector<double> marks = ticks(0, std::max(highest, 1.0), 4);
  const double step = marks.size() > 1 ? marks[1] - marks[0] : 1;
  chart.highest = marks.back() < highest ? marks.back() + step : std::max(marks.back(), 1.0);
  page.open("figure", {{"class", "chart"}});
  page.element("h3", "Completions per second by outcome");
  open_scroll(page, "Chart of completions per second");
  open_svg(page, chart_width, chart_height, "Completions per second by outcome, over time");
  draw_faults(page, chart);
  for (double value = 0; value <= chart.highest * 1.001; value += step)
    draw_value_line(page, chart, value, grouped(static_cast<std::uint64_t>(value + 0.5)));
  draw_time_axis(page, chart);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) draw_line(page, chart, *line);
  page.close().close();
  legend(page, lines, results);
  page.close();
}

void data_table(Markup& page, const Results& results) {
  page.open("details", {{"class", "data"}}).element("summary", "The numbers behind both charts");
  open_scroll(page, "Data of the charts");
  page.open("table");
  table_head(page, {"#from", "#to", "#ok", "#fail", "#info", "#p50", "#p95", "#p99", "#max"});
  page.open("tbody");
  for (const TimeBin& bin : results.performance.bins) {
    page.open("tr");
    for (const std::string& text : {at_second(bin.from), at_second(bin.to), grouped(bin.ops.ok),
                                    grouped(bin.ops.fail), grouped(bin.ops.info), latency(bin.p50),
                                    latency(bin.p95), latency(bin.p99), latency(bin.max)})
      cell(page, text, "num");
    page.close();
  }
  page.close().close().close().close();
}

}  // namespace

void html_performance(Markup& page, const Results& results, const Recording& recording) {
  if (results.performance.bins.empty()) return;
  page.open("section", {{"id", "performance"}});
  page.element("h2", "Performance and availability");
  const Performance& perf = results.performance;
  page.element("p", decimal(perf.ok_per_second, 0) +
                        " ok operations a second; longest time "
                        "without an ok completion " +
                        format_duration(perf.longest_outage) + ", from " +
                        at_second(perf.outage_from) +
                        ". Shaded: faults that were seen to be in force.");
  page.open("div", {{"class", recording.operations.count > 0 ? "charts static" : "charts"}});
  latency_chart(page, results);
  rate_chart(page, results);
  page.close();
  data_table(page, results);
  html_disturbances(page, results, recording);
  page.close();
}

}  // namespace clew
