#include "nemesis/schedule.h"

#include <algorithm>
#include <map>

#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/nemesis.h"
#include "harness/rng.h"

namespace clew {
namespace {

constexpr Nanos first_fault_after = std::chrono::milliseconds(1500);
constexpr double quiet_share = 0.15;  // Of the run, at its end.
constexpr double leader_share = 0.4;  // Faults that hit the leader find the most.

FaultSpec parse_part(const std::string& part) {
  const std::size_t colon = part.find(':');
  FaultSpec spec{.fault = part.substr(0, colon),
                 .target = colon == std::string::npos ? "" : part.substr(colon + 1)};
  const auto targets = FaultRegistry::instance().find("fault", spec.fault).make({})->targets();
  if (colon == std::string::npos) return spec;
  // Nodes may be named too; whether there is such a node shows when it fires.
  const bool node = spec.target.size() > 1 && spec.target[0] == 'n' &&
                    spec.target.find_first_not_of("0123456789", 1) == std::string::npos;
  const bool by_nodes = std::find(targets.begin(), targets.end(), "one") != targets.end();
  if (node && by_nodes) return spec;
  if (std::find(targets.begin(), targets.end(), spec.target) == targets.end())
    throw UsageError(unknown_name("target of " + spec.fault, spec.target, targets));
  return spec;
}

std::string draw_target(const FaultSpec& spec, Rng& rng) {
  if (!spec.target.empty()) return spec.target;
  auto targets = FaultRegistry::instance().find("fault", spec.fault).make({})->targets();
  if (std::find(targets.begin(), targets.end(), "leader") != targets.end() &&
      rng.chance(leader_share))
    return "leader";
  // Taking down a majority at once teaches little and costs the run its progress: seldom.
  const bool rare = rng.chance(0.1);
  std::erase_if(targets, [&](const std::string& target) {
    return target == "leader" || (!rare && (target == "all" || target == "majority"));
  });
  return rng.pick(targets);
}

Nanos scaled(Nanos interval, double low, double high, Rng& rng) {
  return Nanos(static_cast<std::int64_t>(static_cast<double>(interval.count()) *
                                         (low + (high - low) * rng.unit())));
}

}  // namespace

std::vector<FaultSpec> parse_nemesis(const std::string& text) {
  std::vector<FaultSpec> specs;
  if (text.empty() || text == "none") return specs;
  if (text == "all") {
    for (const auto& [name, entry] : FaultRegistry::instance().entries())
      specs.push_back({.fault = std::string(name)});
    return specs;
  }
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end == at)
      throw UsageError("--nemesis: '" + text +
                       "' has an empty part; write partition,kill:leader,pause");
    specs.push_back(parse_part(text.substr(at, end - at)));
    at = end + 1;
  }
  return specs;
}

std::vector<FaultRecord> draw_schedule(const std::vector<FaultSpec>& specs, std::uint64_t seed,
                                       Nanos time_limit, Nanos interval) {
  std::vector<FaultRecord> schedule;
  const Nanos last_heal =
      Nanos(static_cast<std::int64_t>(static_cast<double>(time_limit.count()) * (1 - quiet_share)));
  std::map<std::string, int> numbers;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    Rng rng = Rng::stream(seed, "schedule " + specs[i].fault + ":" + specs[i].target);
    Nanos at = first_fault_after + scaled(interval, 0, 0.5, rng);
    for (;;) {
      const Nanos lasts = scaled(interval, 0.3, 0.8, rng);
      if (at + lasts > last_heal) break;
      FaultRecord fault{};
      fault.id = specs[i].fault + "#" + std::to_string(++numbers[specs[i].fault]);
      fault.fault = specs[i].fault;
      fault.target = draw_target(specs[i], rng);
      fault.planned = at;
      fault.planned_heal = at + lasts;
      schedule.push_back(std::move(fault));
      at += lasts + scaled(interval, 0.3, 1.1, rng);
    }
  }
  std::stable_sort(
      schedule.begin(), schedule.end(),
      [](const FaultRecord& a, const FaultRecord& b) { return a.planned < b.planned; });
  return schedule;
}

}  // namespace clew
