#include "nemesis/schedule.h"

#include <algorithm>
#include <map>

#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/nemesis.h"
#include "harness/rng.h"

namespace clew {
namespace {

constexpr Nanos shortest_interval = std::chrono::milliseconds(100);
constexpr Nanos first_fault_after = std::chrono::milliseconds(1500);  // At most.
constexpr double quiet_share = 0.15;                                  // Of the run, at its end.
constexpr double leader_share = 0.4;  // Faults that hit the leader find the most.
constexpr double rare_share = 0.1;    // See is_rare().

// In intervals. Two faults fit for sure into first_gap + 2 * longest + most_between.
constexpr double first_gap = 0.2;
constexpr double shortest = 0.3;
constexpr double longest = 0.7;
constexpr double least_between = 0.2;
constexpr double most_between = 0.8;

using Targets = std::vector<std::string>;

bool contains(const Targets& targets, const std::string& target) {
  return std::find(targets.begin(), targets.end(), target) != targets.end();
}

Targets targets_of(const std::string& fault) try {
  return FaultRegistry::instance().find("fault", fault).make({})->targets();
} catch (const UsageError& e) { throw UsageError("--nemesis: " + std::string(e.what())); }

bool is_node(const std::string& name, std::span<const std::string> nodes) {
  if (!nodes.empty()) return std::find(nodes.begin(), nodes.end(), name) != nodes.end();
  return name.size() > 1 && name[0] == 'n' &&
         name.find_first_not_of("0123456789", 1) == std::string::npos;
}

FaultSpec parse_part(const std::string& part, std::span<const std::string> nodes) {
  const std::size_t colon = part.find(':');
  FaultSpec spec{.fault = part.substr(0, colon)};
  Targets known = targets_of(spec.fault);
  if (colon == std::string::npos) return spec;
  spec.target = part.substr(colon + 1);
  const bool hits_nodes = contains(known, "one");
  if (contains(known, spec.target) || (hits_nodes && is_node(spec.target, nodes))) return spec;
  if (hits_nodes) known.insert(known.end(), nodes.begin(), nodes.end());
  throw UsageError("--nemesis: " + unknown_name("target of " + spec.fault, spec.target, known));
}

// Taking down a majority at once teaches little and costs the run its progress.
bool is_rare(const std::string& target) { return target == "majority" || target == "all"; }

// Draws the targets of one class in turn.
class TargetDeck {
 public:
  TargetDeck(const std::string& fault, const Targets& asked, Rng rng) : asked_(asked), rng_(rng) {
    for (std::string& target : targets_of(fault)) {
      has_leader_ = has_leader_ || target == "leader";
      if (target == "leader") continue;
      (is_rare(target) ? rare_ : usual_).push_back(std::move(target));
    }
    leader_first_ = rng_.chance(0.5);
  }

  std::string next() {
    const std::size_t turn = turn_++;
    const std::string& asked = asked_[turn % asked_.size()];
    if (!asked.empty()) return asked;
    const std::size_t drawn = drawn_++;
    const bool leader = drawn < 2 ? (drawn == 0) == leader_first_ : rng_.chance(leader_share);
    if (leader && has_leader_) return "leader";
    if (!rare_.empty() && rng_.chance(rare_share)) return rng_.pick(rare_);
    if (usual_.empty()) return has_leader_ ? "leader" : rng_.pick(rare_);
    if (dealt_ % usual_.size() == 0) rng_.shuffle(usual_);
    return usual_[dealt_++ % usual_.size()];
  }

 private:
  const Targets& asked_;  // "" where it is ours to draw.
  Rng rng_;
  Targets usual_{}, rare_{};
  bool has_leader_ = false;
  bool leader_first_ = false;
  std::size_t turn_ = 0, drawn_ = 0, dealt_ = 0;
};

Nanos times(Nanos interval, double factor) {
  return Nanos(static_cast<std::int64_t>(static_cast<double>(interval.count()) * factor));
}

Nanos between(Nanos interval, double low, double high, Rng& rng) {
  return times(interval, low + (high - low) * rng.unit());
}

// The timeline of one class.
void draw_class(std::vector<FaultRecord>& schedule, const std::string& fault_class,
                const Targets& asked, std::uint64_t seed, Nanos time_limit, Nanos interval) {
  Rng rng = Rng::stream(seed, "schedule " + fault_class);
  TargetDeck deck(fault_class, asked, Rng::stream(seed, "targets " + fault_class));
  const Nanos last_heal = times(time_limit, 1 - quiet_share);
  const Nanos start = std::min(first_fault_after, times(time_limit, 0.1));
  interval =
      std::min(interval, times(last_heal - start, 1 / (first_gap + 2 * longest + most_between)));
  if (interval <= Nanos{0}) return;
  Nanos at = start + between(interval, 0, first_gap, rng);
  for (int number = 1;; ++number) {
    const Nanos lasts = between(interval, shortest, longest, rng);
    if (at + lasts > last_heal) return;
    schedule.push_back({.id = fault_class + "#" + std::to_string(number),
                        .fault = fault_class,
                        .target = deck.next(),
                        .planned = at,
                        .planned_heal = at + lasts});
    at += lasts + between(interval, least_between, most_between, rng);
  }
}

}  // namespace

std::vector<FaultSpec> parse_nemesis(const std::string& text, std::span<const std::string> nodes) {
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
    specs.push_back(parse_part(text.substr(at, end - at), nodes));
    at = end + 1;
  }
  return specs;
}

std::vector<FaultRecord> draw_schedule(const std::vector<FaultSpec>& specs, std::uint64_t seed,
                                       Nanos time_limit, Nanos interval) {
  if (interval < shortest_interval)
    throw UsageError("--nemesis-interval: must be 100ms or more, not " + format_duration(interval));
  std::map<std::string, Targets> classes;  // "kill:n1,kill:n2" take turns on one timeline.
  for (const FaultSpec& spec : specs) classes[spec.fault].push_back(spec.target);
  std::vector<FaultRecord> schedule;
  for (const auto& [fault_class, asked] : classes)
    draw_class(schedule, fault_class, asked, seed, time_limit, interval);
  std::stable_sort(
      schedule.begin(), schedule.end(),
      [](const FaultRecord& a, const FaultRecord& b) { return a.planned < b.planned; });
  return schedule;
}

}  // namespace clew
