#include "nemesis/schedule.h"

#include <algorithm>
#include <map>

#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/nemesis.h"
#include "harness/rng.h"
#include "nemesis/plan.h"
#include "nemesis/targets.h"

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

// How many classes of all are in force at a time, about. With more of them a cluster
// hardly ever has a quorum, and nothing that needs one is tested.
constexpr double at_a_time = 2.5;

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::unique_ptr<Fault> fault_named(const std::string& name) try {
  return make_fault({.fault = name});
} catch (const UsageError& e) { throw UsageError("--nemesis: " + std::string(e.what())); }

// "kill:leader", "packet:delay", "packet:delay:leader->others"
FaultSpec parse_part(const std::string& part, std::span<const std::string> nodes) {
  const std::size_t colon = part.find(':');
  FaultSpec spec{.fault = part.substr(0, colon)};
  const auto fault = fault_named(spec.fault);
  const Names kinds = fault->kinds();
  const Names targets = fault->targets();
  for (std::size_t at = colon; at != std::string::npos;) {
    const std::size_t next = part.find(':', at + 1);
    const std::string word = part.substr(at + 1, next - at - 1);
    at = next;
    if (spec.kind.empty() && contains(kinds, word)) {
      spec.kind = word;
    } else if (spec.target.empty() && is_target(targets, word, nodes)) {
      spec.target = word;
    } else {
      Names known = targets;
      if (contains(targets, "one")) known.insert(known.end(), nodes.begin(), nodes.end());
      known.insert(known.begin(), kinds.begin(), kinds.end());
      throw UsageError(
          "--nemesis: " +
          unknown_name((kinds.empty() ? "target of " : "kind or target of ") + spec.fault, word,
                       known));
    }
  }
  return spec;
}

// Taking down a majority at once teaches little and costs the run its progress.
bool is_rare(const std::string& target) { return target == "majority" || target == "all"; }

// Draws the targets of one class in turn.
class TargetDeck {
 public:
  TargetDeck(Names targets, Names asked, Rng rng) : asked_(std::move(asked)), rng_(rng) {
    for (std::string& target : targets) {
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
    if (drawn >= 2 && !rare_.empty() && rng_.chance(rare_share)) return rng_.pick(rare_);
    if (usual_.empty()) return has_leader_ ? "leader" : rng_.pick(rare_);
    if (dealt_ % usual_.size() == 0) rng_.shuffle(usual_);
    return usual_[dealt_++ % usual_.size()];
  }

 private:
  Names asked_;  // "" where it is ours to draw.
  Rng rng_;
  Names usual_{}, rare_{};
  bool has_leader_ = false;
  bool leader_first_ = false;
  std::size_t turn_ = 0, drawn_ = 0, dealt_ = 0;
};

// To the millisecond: a schedule is also read by people.
Nanos times(Nanos interval, double factor) {
  return std::chrono::round<std::chrono::milliseconds>(
      std::chrono::duration<double, std::nano>(static_cast<double>(interval.count()) * factor));
}

Nanos between(Nanos interval, double low, double high, Rng& rng) {
  return times(interval, low + (high - low) * rng.unit());
}

// What is drawn for each fault of one class, whatever its place in time.
class FaultDeck {
 public:
  FaultDeck(const std::string& fault, const std::vector<FaultSpec>& asked, std::uint64_t seed)
      : fault_(fault_named(fault)),
        kinds_(fault_->drawn_kinds()),
        targets_(fault_->targets(), column(asked, &FaultSpec::target),
                 Rng::stream(seed, "targets " + fault)),
        asked_kinds_(column(asked, &FaultSpec::kind)),
        rng_(Rng::stream(seed, "kinds " + fault)),
        swarm_(asked.front().swarm),
        run_strength_(1 - rng_.unit()) {}

  void deal(FaultRecord& entry) {
    entry.target = targets_.next();
    const std::string& asked = asked_kinds_[turn_++ % asked_kinds_.size()];
    if (!kinds_.empty()) entry.kind = asked.empty() ? next_kind() : asked;
    const double strength = 1 - rng_.unit();
    entry.parameters = fault_->draw(entry.kind, swarm_ ? run_strength_ : strength, rng_);
    std::sort(entry.parameters.begin(), entry.parameters.end());  // As a file has them.
  }

 private:
  static Names column(const std::vector<FaultSpec>& specs, std::string FaultSpec::*member) {
    Names names;
    for (const FaultSpec& spec : specs) names.push_back(spec.*member);
    return names;
  }

  const std::string& next_kind() {
    if (dealt_ % kinds_.size() == 0) rng_.shuffle(kinds_);
    return kinds_[dealt_++ % kinds_.size()];
  }

  std::unique_ptr<Fault> fault_;
  Names kinds_;
  TargetDeck targets_;
  Names asked_kinds_;  // "" where it is ours to draw.
  Rng rng_;
  bool swarm_;
  double run_strength_;  // Of a swarm.
  std::size_t turn_ = 0, dealt_ = 0;
};

// How fast the faults of one class follow each other.
struct Pace {
  Nanos interval{};
  double stretch = 1;  // Of the time between them.
};

Pace pace_of_all(Nanos interval, std::size_t classes) {
  const auto many = static_cast<double>(classes);
  return {.interval = times(interval, std::clamp(many / 3, 1.0, 2.0)),
          .stretch = std::max(1.0, many / at_a_time - 1)};
}

// The timeline of one class.
void draw_class(std::vector<FaultRecord>& schedule, const std::string& fault_class,
                const std::vector<FaultSpec>& asked, std::uint64_t seed, Nanos time_limit,
                const Pace& pace) {
  Rng rng = Rng::stream(seed, "schedule " + fault_class);
  FaultDeck deck(fault_class, asked, seed);
  const Nanos last_heal = times(time_limit, 1 - quiet_share);
  const Nanos start = std::min(first_fault_after, times(time_limit, 0.1));
  const Nanos interval = std::min(
      pace.interval,
      times(last_heal - start, 1 / (2 * longest + pace.stretch * (first_gap + most_between))));
  if (interval <= Nanos{0}) return;
  Nanos at = start + between(interval, 0, pace.stretch * first_gap, rng);
  for (int number = 1;; ++number) {
    const Nanos lasts = between(interval, shortest, longest, rng);
    if (at + lasts > last_heal) return;
    FaultRecord entry{.id = fault_class + "#" + std::to_string(number),
                      .fault = fault_class,
                      .planned = at,
                      .planned_heal = at + lasts};
    deck.deal(entry);
    schedule.push_back(std::move(entry));
    at += lasts + between(interval, pace.stretch * least_between, pace.stretch * most_between, rng);
  }
}

// Which classes of a swarm this run has: each or not, at least one.
void thin_out(std::map<std::string, std::vector<FaultSpec>>& classes, std::uint64_t seed) {
  Rng rng = Rng::stream(seed, "swarm");
  Names of_swarm, left_out;
  for (const auto& [fault, asked] : classes)
    if (asked.front().swarm) of_swarm.push_back(fault);
  for (const std::string& fault : of_swarm)
    if (rng.chance(0.5)) left_out.push_back(fault);
  if (!of_swarm.empty() && left_out.size() == of_swarm.size()) {
    const std::string& kept = rng.pick(of_swarm);
    std::erase(left_out, kept);
  }
  for (const std::string& fault : left_out) classes.erase(fault);
}

}  // namespace

std::vector<FaultSpec> parse_nemesis(const std::string& text, std::span<const std::string> nodes) {
  std::vector<FaultSpec> specs;
  if (text.empty() || text == "none") return specs;
  if (text == "all" || text == "swarm") {
    for (const auto& [name, entry] : FaultRegistry::instance().entries())
      if (fault_named(std::string(name))->in_all())
        specs.push_back({.fault = std::string(name), .of_all = true, .swarm = text == "swarm"});
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
  std::map<std::string, std::vector<FaultSpec>> classes;  // "kill:n1,kill:n2" take turns.
  for (const FaultSpec& spec : specs) classes[spec.fault].push_back(spec);
  thin_out(classes, seed);
  const bool of_all = !classes.empty() && classes.begin()->second.front().of_all;
  const Pace pace = of_all ? pace_of_all(interval, classes.size()) : Pace{.interval = interval};
  std::vector<FaultRecord> schedule;
  for (const auto& [fault_class, asked] : classes)
    draw_class(schedule, fault_class, asked, seed, time_limit, pace);
  std::stable_sort(
      schedule.begin(), schedule.end(),
      [](const FaultRecord& a, const FaultRecord& b) { return a.planned < b.planned; });
  return schedule;
}

}  // namespace clew
