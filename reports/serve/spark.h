#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "reports/markup.h"

namespace clew {

// A small line through the values, from zero up; a gap where there is none. `label` says in words
// what it shows. Nothing where there is no value at all.
void sparkline(Markup& page, const std::vector<std::optional<double>>& values,
               std::string_view label, double width = 360);

}  // namespace clew
