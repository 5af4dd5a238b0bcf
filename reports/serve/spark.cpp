#include "reports/serve/spark.h"

#include <algorithm>
#include <string>

#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {

void sparkline(Markup& page, const std::vector<std::optional<double>>& values,
               std::string_view label, double width) {
  constexpr double height = 60;
  constexpr double margin = 5;
  double most = 0;
  bool any = false;
  for (const auto& value : values) {
    any = any || value.has_value();
    most = std::max(most, value.value_or(0));
  }
  if (!any) return;
  const double step = (width - 2 * margin) / std::max(1.0, static_cast<double>(values.size()) - 1);
  const auto y = [&](double value) {
    return height - margin - (most > 0 ? value / most : 0) * (height - 2 * margin);
  };
  page.open("div", {{"class", "spark"}});
  open_svg(page, width, height, label);
  page.leaf("line", {{"x1", 0.0},
                     {"y1", height - margin},
                     {"x2", width},
                     {"y2", height - margin},
                     {"stroke", "#8a949e"}});
  std::string points;
  const auto end_line = [&] {
    if (!points.empty())
      page.leaf("polyline", {{"points", points}, {"fill", "none"}, {"stroke", "#1f5aa6"}});
    points.clear();
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) {
      end_line();
      continue;
    }
    const double x = margin + static_cast<double>(i) * step;
    points += (points.empty() ? "" : " ") + decimal(x, 1) + "," + decimal(y(*values[i]), 1);
    if (values.size() <= 30)
      page.leaf("circle", {{"cx", x}, {"cy", y(*values[i])}, {"r", 2.5}, {"fill", "#1f5aa6"}});
  }
  end_line();
  page.close().close();
}

}  // namespace clew
