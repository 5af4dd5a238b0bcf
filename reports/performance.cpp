#include "reports/performance.h"

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

constexpr std::int64_t max_bins = 120;
constexpr Nanos narrowest_bin = std::chrono::milliseconds(100);

struct Period {
  Nanos from{}, to{};
};

// When some verified fault was in force, merged and in order.
std::vector<Period> fault_periods(const std::vector<FaultRecord>& faults) {
  std::vector<Period> periods;
  for (const FaultRecord& fault : faults)
    if (fault.verified && fault.applied != never) periods.push_back({fault.applied, fault.healed});
  std::sort(periods.begin(), periods.end(),
            [](const Period& a, const Period& b) { return a.from < b.from; });
  std::vector<Period> merged;
  for (const Period& period : periods) {
    if (!merged.empty() && period.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, period.to);
    } else {
      merged.push_back(period);
    }
  }
  return merged;
}

bool touches(const std::vector<Period>& periods, Nanos from, Nanos to) {
  // The first period that ends at or after `from`; they do not overlap, so it decides.
  const auto it = std::lower_bound(periods.begin(), periods.end(), from,
                                   [](const Period& p, Nanos t) { return p.to < t; });
  return it != periods.end() && it->from <= to;
}

// Nearest rank: the smallest latency that at least `share` of all do not exceed. `sorted` is.
Nanos percentile(const std::vector<Nanos>& sorted, double share) {
  if (sorted.empty()) return Nanos{0};
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()) - 1e-9));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

template <class Target>  // TimeBin or Performance
void set_percentiles(Target& target, std::vector<Nanos>& latencies) {
  std::sort(latencies.begin(), latencies.end());
  target.p50 = percentile(latencies, 0.50);
  target.p95 = percentile(latencies, 0.95);
  target.p99 = percentile(latencies, 0.99);
  target.max = percentile(latencies, 1);
}

std::vector<TimeBin> empty_bins(const Stretch& run) {
  const Nanos length = std::max(run.to - run.from, Nanos{1});
  const std::int64_t count = std::clamp<std::int64_t>(length / narrowest_bin, 1, max_bins);
  const Nanos width = (length + Nanos{count - 1}) / count;
  std::vector<TimeBin> bins(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i].from = run.from + width * static_cast<std::int64_t>(i);
    bins[i].to = bins[i].from + width;
  }
  return bins;
}

void count(Tally& tally, Kind kind) {
  if (kind == Kind::ok) ++tally.ok;
  if (kind == Kind::fail) ++tally.fail;
  if (kind == Kind::info) ++tally.info;
}

// The longest time without an ok completion. `completions` come in order of time.
void find_outage(Performance& performance, const Stretch& run,
                 const std::vector<Nanos>& completions) {
  Nanos last = run.from;
  const auto consider = [&](Nanos next) {
    if (next - last > performance.longest_outage) {
      performance.longest_outage = next - last;
      performance.outage_from = last;
    }
    last = next;
  };
  for (const Nanos time : completions) consider(time);
  consider(run.to);
}

}  // namespace

Stretch stretch(const History& history) {
  Stretch run{Nanos::max(), Nanos{0}};
  for (const Op& op : history.ops()) {
    if (op.process < 0) continue;
    run.from = std::min(run.from, op.time);
    run.to = std::max(run.to, op.time);
  }
  return run.from == Nanos::max() ? Stretch{} : run;
}

Performance measure(const History& history, const std::vector<FaultRecord>& faults) {
  Performance performance;
  const Stretch run = stretch(history);
  const std::vector<Period> faulty = fault_periods(faults);
  const auto ops = history.ops();
  if (std::none_of(ops.begin(), ops.end(), [](const Op& op) { return op.process >= 0; }))
    return performance;

  performance.bins = empty_bins(run);
  const Nanos bin_width = performance.bins.front().to - performance.bins.front().from;
  std::vector<std::vector<Nanos>> by_bin(performance.bins.size());
  std::vector<Nanos> all, quiet, fault, completions;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const std::size_t end = history.completion(i);
    if (ops[i].process < 0 || ops[i].kind != Kind::invoke || end == History::none) continue;
    const std::size_t bin =
        std::min(static_cast<std::size_t>((ops[end].time - run.from) / bin_width),
                 performance.bins.size() - 1);
    count(performance.bins[bin].ops, ops[end].kind);
    if (ops[end].kind != Kind::ok) continue;
    const Nanos latency = ops[end].time - ops[i].time;
    by_bin[bin].push_back(latency);
    all.push_back(latency);
    (touches(faulty, ops[i].time, ops[end].time) ? fault : quiet).push_back(latency);
    completions.push_back(ops[end].time);
  }
  for (std::size_t b = 0; b < by_bin.size(); ++b) set_percentiles(performance.bins[b], by_bin[b]);
  set_percentiles(performance, all);
  std::sort(quiet.begin(), quiet.end());
  std::sort(fault.begin(), fault.end());
  performance.p99_quiet = percentile(quiet, 0.99);
  performance.p99_fault = percentile(fault, 0.99);
  std::sort(completions.begin(), completions.end());
  find_outage(performance, run, completions);
  const double seconds = std::chrono::duration<double>(run.to - run.from).count();
  if (seconds > 0) performance.ok_per_second = static_cast<double>(all.size()) / seconds;
  return performance;
}

}  // namespace clew
