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

template <class Target>  // TimeBin or Performance
void set_percentiles(Target& target, std::vector<Nanos>& latencies) {
  const std::size_t half = latencies.size() / 2;
  target.p50 = percentile(latencies, 0.50);
  target.p95 = percentile(latencies, 0.95, half > 0 ? half - 1 : 0);
  target.p99 = percentile(latencies, 0.99, latencies.size() * 9 / 10);
  target.max = latencies.empty() ? Nanos{0} : *std::max_element(latencies.begin(), latencies.end());
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

// The longest time without an ok completion. The history is in order of time.
void find_outage(Performance& performance, const Stretch& run, const History& history) {
  Nanos last = run.from;
  const auto consider = [&](Nanos next) {
    if (next - last > performance.longest_outage) {
      performance.longest_outage = next - last;
      performance.outage_from = last;
    }
    last = next;
  };
  for (const Op& op : history.ops())
    if (op.process >= 0 && op.kind == Kind::ok) consider(op.time);
  consider(run.to);
}

}  // namespace

Nanos percentile(std::vector<Nanos>& latencies, double share, std::size_t settled) {
  if (latencies.empty()) return Nanos{0};
  const auto count = static_cast<double>(latencies.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share * count - 1e-9));
  const std::size_t at = std::clamp<std::size_t>(rank, 1, latencies.size()) - 1;
  const auto answer = latencies.begin() + static_cast<std::ptrdiff_t>(at);
  const auto begin = latencies.begin() + static_cast<std::ptrdiff_t>(std::min(settled, at));
  std::nth_element(begin, answer, latencies.end());
  return *answer;
}

Stretch stretch(const History& history) {
  const auto ops = history.ops();  // In order of time.
  const auto of_client = [](const Op& op) { return op.process >= 0; };
  const auto first = std::find_if(ops.begin(), ops.end(), of_client);
  if (first == ops.end()) return {};
  return {first->time, std::find_if(ops.rbegin(), ops.rend(), of_client)->time};
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
  std::vector<Nanos> all, fault, quiet;
  all.reserve(ops.size() / 2);
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
    if (!faulty.empty())
      (touches(faulty, ops[i].time, ops[end].time) ? fault : quiet).push_back(latency);
  }
  for (std::size_t b = 0; b < by_bin.size(); ++b) set_percentiles(performance.bins[b], by_bin[b]);
  set_percentiles(performance, all);
  performance.p99_quiet = faulty.empty() ? performance.p99 : percentile(quiet, 0.99);
  performance.p99_fault = percentile(fault, 0.99);
  find_outage(performance, run, history);
  const double seconds = std::chrono::duration<double>(run.to - run.from).count();
  if (seconds > 0) performance.ok_per_second = static_cast<double>(all.size()) / seconds;
  return performance;
}

}  // namespace clew
