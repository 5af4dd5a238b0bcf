#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/fault_record.h"
#include "reports/markup.h"

namespace clew {

// How a shape is painted: a class for the style sheet, which knows the dark
// scheme, and attributes that make it right where style sheets are forbidden.
struct Paint {
  std::string_view name, fill, stroke;
};

namespace paint {
inline constexpr Paint ok{"ok", "#d3e5fb", "#2f6fc4"};
inline constexpr Paint fail{"fail", "#f9d5e3", "#b4406f"};
inline constexpr Paint info{"info", "#fbe2b6", "#a86400"};
inline constexpr Paint bad{"bad", "#b3261e", "#7d120c"};
inline constexpr Paint leader{"leader", "#7a5bc7", "#5a3da6"};
inline constexpr Paint split{"split", "#b3261e", "#7d120c"};
inline constexpr Paint grid{"grid", "none", "#e3e6ea"};
inline constexpr Paint point{"point", "#1c6b38", "#ffffff"};
inline constexpr Paint thread{"thread", "none", "#1c6b38"};
}  // namespace paint

// The colour of a kind of fault: by its place among the kinds of the run.
Paint fault_paint(std::size_t kind);
// The kinds of faults that took effect, in order of their first record.
std::vector<std::string> fault_kinds(const std::vector<FaultRecord>& faults);
std::size_t kind_of(const std::vector<std::string>& kinds, const FaultRecord& fault);

struct Text {
  std::string_view name = "t";  // t: ordinary, m: muted, w: on dark ground, r: red, mono
  std::string_view anchor = "start";
  double size = 12;
};
void svg_text(Markup& page, double x, double y, std::string_view text, Text how = {});
void svg_rect(Markup& page, double x, double y, double w, double h, const Paint& paint,
              double radius = 0);
// A tinted ground that lines and bars are drawn upon.
void svg_band(Markup& page, double x, double y, double w, double h, const Paint& paint);
void svg_line(Markup& page, double x1, double y1, double x2, double y2, const Paint& paint,
              double stroke_width = 1, std::string_view dashes = "");
// Opens <svg role="img">; close() it. `label` says in words what it shows.
void open_svg(Markup& page, double width, double height, std::string_view label);

// Round values to label an axis from `from` to `to` with, about `count` of them.
std::vector<double> ticks(double from, double to, int count);
// "12 s", "1.5 s": as precise as the distance between ticks asks for.
std::string tick_label(double value, double step, std::string_view unit);

}  // namespace clew
