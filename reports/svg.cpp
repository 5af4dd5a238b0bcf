#include "reports/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/wording.h"

namespace clew {

Paint fault_paint(std::size_t kind) {
  static constexpr std::array<Paint, 6> paints{{{"f0", "#b35900", "#b35900"},
                                                {"f1", "#a3123f", "#a3123f"},
                                                {"f2", "#5b3aa8", "#5b3aa8"},
                                                {"f3", "#00695c", "#00695c"},
                                                {"f4", "#4d6b00", "#4d6b00"},
                                                {"f5", "#1f5aa6", "#1f5aa6"}}};
  return paints[kind % paints.size()];
}

std::vector<std::string> fault_kinds(const std::vector<FaultRecord>& faults) {
  std::vector<std::string> kinds;
  for (const FaultRecord& fault : faults) {
    if (!fault.verified || fault.applied == never) continue;
    if (std::find(kinds.begin(), kinds.end(), fault.fault) == kinds.end())
      kinds.push_back(fault.fault);
  }
  return kinds;
}

std::size_t kind_of(const std::vector<std::string>& kinds, const FaultRecord& fault) {
  return static_cast<std::size_t>(std::find(kinds.begin(), kinds.end(), fault.fault) -
                                  kinds.begin());
}

void svg_text(Markup& page, double x, double y, std::string_view text, Text how) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 5> fills{
      {{"t", "#1d2329"},
       {"m", "#57606a"},
       {"w", "#ffffff"},
       {"r", "#b3261e"},
       {"mono", "#1d2329"}}};
  const char* fill = "#1d2329";
  for (const auto& [name, colour] : fills)
    if (name == how.name) fill = colour;
  const std::string family = how.name == "mono" || how.name == "w" || how.name == "r"
                                 ? "ui-monospace, 'DejaVu Sans Mono', monospace"
                                 : "system-ui, sans-serif";
  page.element("text", text,
               {{"class", std::string(how.name)},
                {"x", x},
                {"y", y},
                {"fill", fill},
                {"font-size", how.size},
                {"font-family", family},
                {"text-anchor", std::string(how.anchor)}});
}

void svg_rect(Markup& page, double x, double y, double w, double h, const Paint& paint,
              double radius) {
  page.leaf("rect", {{"class", std::string(paint.name)},
                     {"x", x},
                     {"y", y},
                     {"width", std::max(w, 0.0)},
                     {"height", std::max(h, 0.0)},
                     {"rx", radius},
                     {"fill", std::string(paint.fill)},
                     {"stroke", std::string(paint.stroke)}});
}

void svg_band(Markup& page, double x, double y, double w, double h, const Paint& paint) {
  page.leaf("rect", {{"class", "band " + std::string(paint.name)},
                     {"x", x},
                     {"y", y},
                     {"width", std::max(w, 1.0)},
                     {"height", std::max(h, 0.0)},
                     {"fill", std::string(paint.fill)},
                     {"fill-opacity", "0.13"},
                     {"stroke", "none"}});
}

void svg_line(Markup& page, double x1, double y1, double x2, double y2, const Paint& paint,
              double stroke_width, std::string_view dashes) {
  page.leaf("line", {{"class", std::string(paint.name)},
                     {"x1", x1},
                     {"y1", y1},
                     {"x2", x2},
                     {"y2", y2},
                     {"stroke", std::string(paint.stroke)},
                     {"stroke-width", stroke_width},
                     {"stroke-dasharray", dashes.empty() ? "none" : std::string(dashes)}});
}

void open_svg(Markup& page, double width, double height, std::string_view label) {
  page.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                    {"viewBox", "0 0 " + decimal(width, 0) + " " + decimal(height, 0)},
                    {"width", decimal(width, 0)},
                    {"height", decimal(height, 0)},
                    {"role", "img"},
                    {"aria-label", std::string(label)}});
}

std::vector<double> ticks(double from, double to, int count) {
  if (!(to > from)) return {from};
  const double rough = (to - from) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double factor : {1.0, 2.0, 5.0})
    if (power * factor >= rough) {
      step = power * factor;
      break;
    }
  std::vector<double> out;
  const double first = std::ceil(from / step - 1e-9);
  for (double k = first; k * step <= to + step * 1e-9 && out.size() < 100; ++k)
    out.push_back(k * step + 0.0);  // Not -0.
  return out;
}

std::string tick_label(double value, double step, std::string_view unit) {
  const int places = step <= 0 || step >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(step)));
  return decimal(value, std::min(places, 9)) + " " + std::string(unit);
}

}  // namespace clew
