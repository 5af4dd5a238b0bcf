#include "nemesis/conductor.h"

#include <signal.h>

#include <algorithm>
#include <map>

#include "harness/error.h"
#include "nemesis/plan.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr auto inject_patience = std::chrono::seconds(5);
constexpr auto heal_patience = std::chrono::seconds(10);
constexpr Nanos heal_evidence_patience = std::chrono::seconds(5);
constexpr Nanos look_every = std::chrono::milliseconds(10);
constexpr int heal_tries = 3;

// What a fault cannot tell is no evidence, and no reason not to heal it.
template <class Look>
Evidence look_safely(const Look& look) {
  try {
    return look();
  } catch (const std::exception& e) { return {.text = std::string("cannot be told: ") + e.what()}; }
}

// "" when it went well.
template <class Step>
std::string failure_of(const Step& step) {
  try {
    step();
    return {};
  } catch (const std::exception& e) { return *e.what() != '\0' ? e.what() : "unknown error"; }
}

// Until when inject() may take.
Nanos latest_start(const FaultRecord& plan, const Fault& fault) {
  if (plan.planned_heal == never) return never;
  const double time = static_cast<double>((plan.planned_heal - plan.due).count());
  return plan.due + Nanos(static_cast<std::int64_t>(time * fault.inject_share()));
}

}  // namespace

std::vector<std::string> heal_everything(Arena& arena) {
  std::vector<std::string> problems;
  const auto note = [&](const std::string& what, const std::string& error) {
    if (!error.empty()) problems.push_back(what + ": " + error);
  };
  if (Network* network = arena.cluster.network())
    note("links could not be healed", failure_of([&] { network->remove_all(); }));
  for (const Node& node : arena.cluster.nodes()) {
    note("the disk of " + node.name + " could not be healed", failure_of([&] {
           if (Disk* disk = arena.cluster.disk(node)) disk->set({});
         }));
    note(node.name + " could not be woken",
         failure_of([&] { arena.cluster.signal(node, SIGCONT); }));
    ProcessStatus found;
    note(node.name + " could not be started again", failure_of([&] {
           found = arena.cluster.status(node);
           if (found.life == Life::gone) arena.system.start(arena.cluster, node);
         }));
    // The faults have put back what they took down: this is a crash, or a heal that failed.
    if (found.life == Life::gone) note(node.name + " was found dead", found.ending);
  }
  return problems;
}

Conductor::Conductor(Arena arena, std::vector<FaultRecord> schedule, Journal& journal,
                     std::function<Nanos()> now, std::uint64_t seed,
                     std::function<void(const FaultRecord&)> observer)
    : arena_(std::move(arena)),
      journal_(journal),
      now_(std::move(now)),
      seed_(seed),
      observer_(std::move(observer)),
      events_(schedule, now_),
      records_(std::move(schedule)) {
  for (const FaultRecord& fault : records_) entries_.push_back({.fault = make_fault(fault)});
  deal_into_lanes();
  for (const FaultRecord& fault : records_) journal_.write(fault, "planned", now_());
}

// An entry goes behind those of its class that are over before it begins, as far
// as the plan can tell.
void Conductor::deal_into_lanes() {
  std::multimap<std::string, std::size_t> of_class;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const FaultRecord& fault = records_[i];
    auto [it, end] = of_class.equal_range(fault.fault);
    while (it != end && lanes_[it->second].free_at > fault.planned) ++it;
    const bool waits = !fault.on.event.empty();
    if (waits || it == end) {
      if (!waits) of_class.emplace(fault.fault, lanes_.size());
      lanes_.push_back({.records = {i}, .free_at = fault.planned_heal});
    } else {
      lanes_[it->second].records.push_back(i);
      lanes_[it->second].free_at = fault.planned_heal;
    }
  }
}

Conductor::~Conductor() {
  if (!threads_.empty()) stop_and_heal();
}

void Conductor::start() {
  for (const Lane& lane : lanes_)
    threads_.emplace_back([this, &lane](const std::stop_token& stop) { play(lane, stop); });
}

void Conductor::play(const Lane& lane, const std::stop_token& stop) {
  for (const std::size_t index : lane.records) {
    if (!await_turn(index, stop)) return;
    play_one(index, stop);
  }
}

// Until the clock and the event that it waits for have come.
bool Conductor::await_turn(std::size_t index, const std::stop_token& stop) {
  const FaultRecord plan = record(index);
  if (plan.on.event.empty()) {
    if (!sleep_until(plan.planned, stop)) return false;
    update(index, "", [&](FaultRecord& changed) { changed.due = plan.planned; });
    return true;
  }
  const auto event = events_.await(index, Events::Edge::on, never, stop);
  if (!event) {
    update(index, "failed", [&](FaultRecord& failed) {
      failed.error =
          "could not be applied: what it waited for did not come: " + sentence_of(plan.on);
    });
    return false;
  }
  const Nanos due = std::max(event->time + plan.on.delay, plan.planned);
  entries_[index].key = event->key;
  update(index, "", [&](FaultRecord& changed) {
    changed.due = due;
    changed.cause = event->text;
    if (plan.lasts != never) changed.planned_heal = due + plan.lasts;
  });
  return sleep_until(due, stop);
}

void Conductor::play_one(std::size_t index, const std::stop_token& stop) {
  if (frozen_) return;
  const FaultRecord plan = record(index);
  if (now_() >= latest_start(plan, *entries_[index].fault)) {
    update(index, "failed", [](FaultRecord& late) {
      late.error = "left out: the one before it had taken too long";
    });
    return;
  }
  const bool applied = inject(index);
  events_.settled(index, Events::Edge::on);
  if (applied) watch(index, stop);
  if (!frozen_) heal(index);  // Also what got half way.
  events_.settled(index, Events::Edge::until);
}

Order Conductor::order_of(const FaultRecord& plan) const {
  Order order{.id = plan.id, .kind = plan.kind, .target = plan.target};
  const auto target = parse_hit_target(plan.target);
  if (!target) return order;
  const std::vector<std::string> hit = events_.hit_by(target->id);
  if (hit.empty()) throw HarnessError(target->id + " has hit no node");
  order.target.clear();
  for (const Node& node : arena_.cluster.nodes())
    if (target->others != (std::find(hit.begin(), hit.end(), node.name) != hit.end()))
      order.target += (order.target.empty() ? "" : "+") + node.name;
  return order;
}

bool Conductor::inject(std::size_t index) {
  const FaultRecord plan = record(index);
  const Deadline deadline =
      Clock::now() + std::clamp<Nanos>(latest_start(plan, *entries_[index].fault) - now_(),
                                       Nanos{0}, inject_patience);
  // A stream for each: what one fault met does not change what the next one draws.
  Rng rng = Rng::stream(seed_, "fault " + plan.id);
  Value hit;
  const std::string leader = events_.leader_now();
  const std::string error = failure_of([&] {
    Order order = order_of(plan);
    order.key = entries_[index].key;
    hit = entries_[index].fault->inject(arena_, order, rng, deadline);
  });
  const Nanos applied = now_();
  if (!error.empty()) {
    update(index, "failed",
           [&](FaultRecord& failed) { failed.error = "could not be applied: " + error; });
    return false;
  }
  update(index, "applied", [&](FaultRecord& changed) {
    changed.applied = applied;
    changed.leader = leader;
    changed.hit = std::move(hit);
  });
  events_.applied(record(index));
  return true;
}

// Until it is time to heal. The evidence is looked at once more right before:
// by then it tells the whole story ("1,204 frames dropped").
void Conductor::watch(std::size_t index, const std::stop_token& stop) {
  bool seen = false;
  const auto look = [&](bool last) {
    const Evidence evidence = look_safely([&] { return entries_[index].fault->verify(arena_); });
    if (!evidence.holds && (seen || !last)) return;
    update(index, evidence.holds && !seen ? "verified" : "", [&](FaultRecord& changed) {
      changed.verified = evidence.holds;
      changed.evidence = evidence.text;
    });
    seen = seen || evidence.holds;
  };
  do { look(false); } while (!seen && !await_heal(index, now_() + look_every, stop));
  if (seen) await_heal(index, never, stop);
  look(true);
}

// True when it is time to heal: the clock says so, or what was to end it, or a
// stop. False when `latest` came first.
bool Conductor::await_heal(std::size_t index, Nanos latest, const std::stop_token& stop) {
  const FaultRecord plan = record(index);
  const Nanos until = std::min(latest, plan.planned_heal);
  if (plan.until.event.empty()) {
    if (!sleep_until(until, stop)) return true;
  } else if (const auto event = events_.await(index, Events::Edge::until, until, stop)) {
    sleep_until(std::min(plan.planned_heal, event->time + plan.until.delay), stop);
    return true;
  }
  return stop.stop_requested() || now_() >= plan.planned_heal;
}

void Conductor::heal(std::size_t index) {
  update(index, "", [now = now_()](FaultRecord& changed) { changed.healing = now; });
  std::string error;
  for (int tries = 0; tries < heal_tries; ++tries) {
    error = failure_of([&] { entries_[index].fault->heal(arena_, Clock::now() + heal_patience); });
    if (error.empty()) break;
  }
  const Nanos healed = now_();
  entries_[index].unhealed = !error.empty();
  if (!error.empty()) {
    update(index, "failed", [&](FaultRecord& failed) {
      failed.error += (failed.error.empty() ? "" : "; ") + ("could not be healed: " + error);
    });
    return;
  }
  if (record(index).applied == never) {  // It failed, so nothing is in force.
    update(index, "", [&](FaultRecord& changed) { changed.healed = healed; });
    return;
  }
  FaultRecord told = record(index);
  told.healed = healed;
  events_.healed(told);
  const Evidence evidence = await_healed(index);
  update(index, "healed", [&](FaultRecord& changed) {
    changed.healed = healed;
    changed.verified_healed = evidence.holds;
    changed.heal_evidence = evidence.text;
  });
}

// Not cut short by a stop: the last faults of a run are healed only then.
Evidence Conductor::await_healed(std::size_t index) {
  Nanos give_up = now_() + heal_evidence_patience;
  {
    const std::lock_guard lock(mutex_);
    const FaultRecord& mine = records_[index];
    for (const FaultRecord& other : records_)  // The next one of this class must not be late.
      if (mine.on.event.empty() && other.on.event.empty() && other.fault == mine.fault &&
          other.planned > mine.planned)
        give_up = std::min(give_up, other.planned);
  }
  const std::stop_source nobody;
  while (true) {
    const Evidence evidence =
        look_safely([&] { return entries_[index].fault->verify_healed(arena_); });
    if (evidence.holds || now_() >= give_up) return evidence;
    sleep_until(now_() + look_every, nobody.get_token());
  }
}

bool Conductor::sleep_until(Nanos when, const std::stop_token& stop) const {
  if (when == never) return clew::sleep_until(Deadline::max(), stop);
  for (Nanos now = now_(); now < when && !stop.stop_requested(); now = now_())
    sleep_for(when - now, stop);
  return !stop.stop_requested();
}

FaultRecord Conductor::record(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return records_[index];
}

// No event: only remembered. A full disk or an observer that throws must not
// keep a fault from being healed in time: it is a problem to tell at the end.
void Conductor::update(std::size_t index, std::string_view event,
                       const std::function<void(FaultRecord&)>& change) {
  FaultRecord copy;
  {
    const std::lock_guard lock(mutex_);
    change(records_[index]);
    copy = records_[index];
  }
  if (event.empty()) return;
  for (const std::string& error : {failure_of([&] { journal_.write(copy, event, now_()); }),
                                   failure_of([&] { observer_(copy); })}) {
    if (error.empty()) continue;
    const std::lock_guard lock(mutex_);
    problems_.push_back(copy.id + " " + std::string(event) + ": " + error);
  }
}

void Conductor::freeze() {
  frozen_ = true;
  arena_.downs->freeze();  // Also for what a fault does by itself while it is in force.
  arena_.sleeps->freeze();
  for (std::jthread& thread : threads_) thread.request_stop();
}

std::vector<std::string> Conductor::stop_and_heal() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // Each heals what it has in force before it ends.
  std::vector<std::string> problems = heal_everything(arena_);
  // What could not be healed while others were in force may be now.
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].unhealed || (record(i).applied != never && record(i).healed == never)) heal(i);
  const std::lock_guard lock(mutex_);
  problems.insert(problems.end(), problems_.begin(), problems_.end());
  problems_.clear();
  return problems;
}

std::vector<FaultRecord> Conductor::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

}  // namespace clew
