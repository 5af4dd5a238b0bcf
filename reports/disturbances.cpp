#include "reports/disturbances.h"

#include <algorithm>

#include "reports/story.h"

namespace clew {
namespace {

using std::chrono::milliseconds;

constexpr double enough = 0.9;
constexpr std::size_t smooth = 5;  // Bins that are averaged, or chance would say when it is over.

struct Completion {
  Nanos time{};
  Kind kind = Kind::ok;
  bool refused = false;
};

std::vector<Completion> completions(const History& history) {
  std::vector<Completion> out;
  for (const Op& op : history.ops())
    if (op.process >= 0 && op.kind != Kind::invoke)
      out.push_back({op.time, op.kind, op.kind == Kind::fail && op.error == compare_failed});
  return out;  // A history is in order of time.
}

// Ten times the slowest usual answer, and not so short that a pause between two calls counts.
Nanos outage_limit(const Results& results) {
  return std::clamp(10 * results.performance.p99_quiet, Nanos(milliseconds(200)),
                    Nanos(milliseconds(2000)));
}

std::vector<Outage> outages_of(const std::vector<Completion>& done, Nanos limit) {
  std::vector<Outage> outages;
  if (done.empty()) return outages;
  Nanos last = done.front().time;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const bool end = i + 1 == done.size();
    if (done[i].kind != Kind::ok && !end) continue;
    if (done[i].time - last > limit) outages.push_back({last, done[i].time});
    last = done[i].time;
  }
  return outages;
}

// Ok completions over time.
struct Rates {
  Nanos width{1};
  std::vector<std::uint32_t> ok{};

  std::size_t bin(Nanos time) const {
    return std::min(ok.size() - 1, static_cast<std::size_t>(std::max(Nanos{0}, time) / width));
  }
  double around(std::size_t at) const {
    const std::size_t end = std::min(at + smooth, ok.size());
    double sum = 0;
    for (std::size_t i = at; i < end; ++i) sum += ok[i];
    return end > at ? sum / static_cast<double>(end - at) : 0;
  }
};

Rates rates_of(const std::vector<Completion>& done) {
  Rates rates;
  const Nanos end = done.empty() ? Nanos{1} : done.back().time;
  rates.width = std::clamp(end / 600, Nanos(milliseconds(10)), Nanos(milliseconds(500)));
  rates.ok.resize(static_cast<std::size_t>(end / rates.width) + 1);
  for (const Completion& one : done)
    if (one.kind == Kind::ok) ++rates.ok[rates.bin(one.time)];
  return rates;
}

// Per bin, and over the stretches in which no fault was in force.
double quiet_median(const Rates& rates, const Results& results) {
  std::vector<double> quiet;
  for (std::size_t i = 0; i + 1 < rates.ok.size(); ++i) {
    const Nanos from = rates.width * static_cast<std::int64_t>(i);
    const bool calm = std::none_of(
        results.faults.begin(), results.faults.end(),
        [&](const FaultRecord& fault) { return in_force(fault, from, from + rates.width); });
    if (calm) quiet.push_back(rates.around(i));
  }
  if (quiet.size() < 2 * smooth) return 0;
  const auto middle = quiet.begin() + static_cast<std::ptrdiff_t>(quiet.size() / 2);
  std::nth_element(quiet.begin(), middle, quiet.end());
  return *middle;
}

Nanos full_rate_after(const Rates& rates, Nanos healed, double quiet) {
  if (quiet <= 0) return never;
  for (std::size_t i = rates.bin(healed); i + smooth <= rates.ok.size(); ++i)
    if (rates.around(i) >= enough * quiet)
      return std::max(Nanos{0}, rates.width * static_cast<std::int64_t>(i) - healed);
  return never;
}

Disturbance of_fault(const FaultRecord& fault, const std::vector<Completion>& done,
                     const Rates& rates, double quiet) {
  Disturbance out{.id = fault.id};
  const auto since = [&](Nanos when) {
    return std::lower_bound(done.begin(), done.end(), when,
                            [](const Completion& c, Nanos t) { return c.time < t; });
  };
  for (auto it = since(fault.applied); it != done.end() && it->time <= fault.healed; ++it) {
    if (it->kind == Kind::ok) ++out.ops.ok;
    if (it->kind == Kind::info) ++out.ops.info;
    if (it->kind == Kind::fail) ++(it->refused ? out.refused : out.ops.fail);
    if (it->kind != Kind::ok && !it->refused && out.first_trouble == never)
      out.first_trouble = it->time - fault.applied;
  }
  const auto ok_since = [&](Nanos when) {
    const auto it = std::find_if(since(when), done.end(),
                                 [](const Completion& c) { return c.kind == Kind::ok; });
    return it == done.end() ? never : it->time - when;
  };
  out.first_ok = ok_since(fault.applied);
  if (fault.healed == never) return out;
  out.first_ok_healed = ok_since(fault.healed);
  out.full_rate = full_rate_after(rates, fault.healed, quiet);
  return out;
}

}  // namespace

Disturbances measure_disturbances(const History& history, const Results& results) {
  Disturbances out;
  const std::vector<Completion> done = completions(history);
  out.outage_limit = outage_limit(results);
  out.outages = outages_of(done, out.outage_limit);
  const Rates rates = rates_of(done);
  const double quiet = quiet_median(rates, results);
  out.quiet_rate = quiet / std::chrono::duration<double>(rates.width).count();
  for (const FaultRecord& fault : results.faults)
    if (fault.verified && fault.applied != never)
      out.faults.push_back(of_fault(fault, done, rates, quiet));
  return out;
}

}  // namespace clew
