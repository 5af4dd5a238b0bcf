#include "reports/lanes.h"

#include <algorithm>
#include <tuple>

namespace clew {
namespace {

constexpr Nanos open_ended = Nanos::max();

struct Event {
  Nanos time{};
  bool returns = false;
  std::size_t call = 0;
};

// Equal times count as concurrent, so invocations come first.
std::vector<Event> events_of(std::span<const ShownCall> calls) {
  std::vector<Event> events;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    events.push_back({calls[i].invoked, false, i});
    if (calls[i].returned != open_ended) events.push_back({calls[i].returned, true, i});
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tuple(a.time, a.returns) < std::tuple(b.time, b.returns);
  });
  return events;
}

Lanes assign_lanes(std::span<const ShownCall> calls, const std::vector<Event>& events) {
  Lanes lanes;
  lanes.bars.resize(calls.size());
  for (const Event& event : events) {
    if (event.returns) continue;
    const std::int64_t process = calls[event.call].process;
    auto it = std::find(lanes.processes.begin(), lanes.processes.end(), process);
    if (it == lanes.processes.end()) it = lanes.processes.insert(it, process);
    lanes.bars[event.call].lane = static_cast<std::size_t>(it - lanes.processes.begin());
  }
  return lanes;
}

void close_open_bars(Lanes& lanes, std::span<const ShownCall> calls) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].returned != open_ended) continue;
    lanes.bars[i].open = true;
    lanes.bars[i].right = lanes.end;
  }
}

}  // namespace

double Lanes::x_of(Nanos time) const {
  if (scale.empty() || time <= scale.front().first) return scale.empty() ? 0 : scale.front().second;
  for (std::size_t i = 1; i < scale.size(); ++i) {
    const auto& [from, left] = scale[i - 1];
    const auto& [to, right] = scale[i];
    if (time > to) continue;
    if (to == from) return right;
    return left + (right - left) * static_cast<double>((time - from).count()) /
                      static_cast<double>((to - from).count());
  }
  return end;
}

Lanes by_order(std::span<const ShownCall> calls, std::span<const double> widths, double gap) {
  const std::vector<Event> events = events_of(calls);
  Lanes lanes = assign_lanes(calls, events);
  double x = -gap;
  for (const Event& event : events) {
    Bar& bar = lanes.bars[event.call];
    x += gap;
    if (event.returns) {
      x = std::max(x, bar.left + widths[event.call]);
      bar.right = x;
    } else {
      bar.left = x;
    }
    lanes.scale.emplace_back(event.time, x);
  }
  lanes.end = std::max(x, 0.0);
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (calls[i].returned == open_ended)
      lanes.end = std::max(lanes.end, lanes.bars[i].left + widths[i]);
  close_open_bars(lanes, calls);
  return lanes;
}

Lanes by_time(std::span<const ShownCall> calls, double width) {
  const std::vector<Event> events = events_of(calls);
  Lanes lanes = assign_lanes(calls, events);
  if (events.empty()) return lanes;
  const bool open = std::any_of(calls.begin(), calls.end(),
                                [](const ShownCall& call) { return call.returned == open_ended; });
  const Nanos from = events.front().time;
  const auto length = static_cast<double>(std::max(events.back().time - from, Nanos{1}).count());
  // Leaves room behind the last event for what is still open there.
  const double unit = width * (open ? 0.8 : 1.0) / length;
  for (const Event& event : events) {
    const double x = static_cast<double>((event.time - from).count()) * unit;
    (event.returns ? lanes.bars[event.call].right : lanes.bars[event.call].left) = x;
    lanes.scale.emplace_back(event.time, x);
  }
  lanes.end = width;
  close_open_bars(lanes, calls);
  return lanes;
}

std::vector<double> places(const Lanes& lanes, std::span<const std::size_t> calls, double gap) {
  // The earliest and the latest place of each step; the middle of both keeps the order.
  std::vector<double> earliest(calls.size());
  std::vector<double> latest(calls.size());
  double x = 0;
  for (std::size_t k = 0; k < calls.size(); ++k) {
    const Bar& bar = lanes.bars[calls[k]];
    x = std::max(k == 0 ? 0 : x + gap, bar.left + std::min(gap, (bar.right - bar.left) / 2));
    earliest[k] = x;
  }
  x = lanes.end;
  for (std::size_t k = calls.size(); k-- > 0;) {
    const Bar& bar = lanes.bars[calls[k]];
    x = std::min(k + 1 == calls.size() ? x : x - gap,
                 bar.right - std::min(gap, (bar.right - bar.left) / 2));
    latest[k] = x;
  }
  std::vector<double> middle(calls.size());
  for (std::size_t k = 0; k < calls.size(); ++k) {
    const Bar& bar = lanes.bars[calls[k]];
    middle[k] = std::clamp((earliest[k] + latest[k]) / 2, bar.left, std::max(bar.left, bar.right));
  }
  return middle;
}

}  // namespace clew
