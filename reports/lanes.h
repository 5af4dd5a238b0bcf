#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "checkers/verdict.h"

namespace clew {

// Where the calls of a counterexample are drawn: one lane a process, in order
// of their first call. The unit of x is the caller's: columns or pixels.
struct Bar {
  std::size_t lane = 0;
  double left = 0, right = 0;
  bool open = false;  // It never came back: reaches to the end of the drawing.
};

struct Lanes {
  std::vector<Bar> bars{};                // As many as there were calls.
  std::vector<std::int64_t> processes{};  // One a lane.
  double end = 0;                         // Where the drawing ends; open bars do, too.
  // The drawn events, by time: between them a time is interpolated.
  std::vector<std::pair<Nanos, double>> scale{};

  double x_of(Nanos time) const;  // Clamped to the drawing.
};

// Distances say only what came before what: as narrow as `widths` (one a call)
// and `gap` between events allow. Whatever overlaps in time overlaps here, and
// only that.
Lanes by_order(std::span<const ShownCall> calls, std::span<const double> widths, double gap);

// To scale, over `width`.
Lanes by_time(std::span<const ShownCall> calls, double width);

// Where each step of an order takes effect: inside of its call's bar, one
// after the other, `gap` apart where there is room. `calls[k]` is the bar of
// step k.
std::vector<double> places(const Lanes& lanes, std::span<const std::size_t> calls, double gap);

}  // namespace clew
