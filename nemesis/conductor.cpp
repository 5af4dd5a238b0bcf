#include "nemesis/conductor.h"

#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <map>

#include "harness/error.h"

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

}  // namespace

struct Conductor::Timeline {
  std::unique_ptr<Fault> fault{};
  std::vector<std::size_t> records{};
};

std::vector<std::string> heal_everything(Arena& arena) {
  std::vector<std::string> problems;
  const auto note = [&](const std::string& what, const std::string& error) {
    if (!error.empty()) problems.push_back(what + ": " + error);
  };
  if (Network* network = arena.cluster.network())
    note("links could not be healed", failure_of([&] { network->remove_all(); }));
  for (const Node& node : arena.cluster.nodes()) {
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
    : arena_(arena),
      journal_(journal),
      now_(std::move(now)),
      seed_(seed),
      observer_(std::move(observer)),
      records_(std::move(schedule)) {
  std::map<std::string, Timeline*> classes;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    Timeline*& timeline = classes[records_[i].fault];
    if (timeline == nullptr) {
      timelines_.push_back(std::make_unique<Timeline>());
      timeline = timelines_.back().get();
      timeline->fault = FaultRegistry::instance().find("fault", records_[i].fault).make({});
    }
    timeline->records.push_back(i);
  }
  for (const FaultRecord& fault : records_) journal_.write(fault, "planned", now_());
}

Conductor::~Conductor() {
  if (!threads_.empty()) stop_and_heal();
}

void Conductor::start() {
  for (const auto& timeline : timelines_)
    threads_.emplace_back(
        [this, &timeline = *timeline](const std::stop_token& stop) { play(timeline, stop); });
}

void Conductor::play(Timeline& timeline, const std::stop_token& stop) {
  for (const std::size_t index : timeline.records) {
    if (!sleep_until(record(index).planned, stop)) return;
    play_one(*timeline.fault, index, stop);
  }
}

void Conductor::play_one(Fault& fault, std::size_t index, const std::stop_token& stop) {
  if (frozen_) return;
  const FaultRecord plan = record(index);
  if (now_() >= plan.planned + (plan.planned_heal - plan.planned) / 2) {
    update(index, "failed", [](FaultRecord& late) {
      late.error = "left out: the one before it had taken too long";
    });
    return;
  }
  if (inject(fault, index)) watch(fault, index, stop);
  if (!frozen_) heal(fault, index);  // Also what got half way.
}

bool Conductor::inject(Fault& fault, std::size_t index) {
  const FaultRecord plan = record(index);
  const Nanos latest = plan.planned + (plan.planned_heal - plan.planned) / 2;
  const Deadline deadline =
      Clock::now() + std::clamp<Nanos>(latest - now_(), Nanos{0}, inject_patience);
  // A stream for each: what one fault met does not change what the next one draws.
  Rng rng = Rng::stream(seed_, "fault " + plan.id);
  Value hit;
  const std::string error =
      failure_of([&] { hit = fault.inject(arena_, plan.id, plan.target, rng, deadline); });
  const Nanos applied = now_();
  if (!error.empty()) {
    update(index, "failed",
           [&](FaultRecord& failed) { failed.error = "could not be applied: " + error; });
    return false;
  }
  update(index, "applied", [&](FaultRecord& changed) {
    changed.applied = applied;
    changed.hit = std::move(hit);
  });
  return true;
}

// Until it is time to heal. The evidence is looked at once more right before:
// by then it tells the whole story ("1,204 frames dropped").
void Conductor::watch(Fault& fault, std::size_t index, const std::stop_token& stop) {
  const Nanos heal_at = record(index).planned_heal;
  bool seen = false;
  const auto look = [&](bool last) {
    const Evidence evidence = look_safely([&] { return fault.verify(arena_); });
    if (!evidence.holds && (seen || !last)) return;
    update(index, evidence.holds && !seen ? "verified" : "", [&](FaultRecord& changed) {
      changed.verified = evidence.holds;
      changed.evidence = evidence.text;
    });
    seen = seen || evidence.holds;
  };
  do {
    look(false);
  } while (!seen && sleep_until(std::min(heal_at, now_() + look_every), stop) && now_() < heal_at);
  sleep_until(heal_at, stop);
  look(true);
}

void Conductor::heal(Fault& fault, std::size_t index) {
  std::string error;
  for (int tries = 0; tries < heal_tries; ++tries) {
    error = failure_of([&] { fault.heal(arena_, Clock::now() + heal_patience); });
    if (error.empty()) break;
  }
  const Nanos healed = now_();
  if (!error.empty()) {
    update(index, "failed", [&](FaultRecord& failed) {
      failed.error += (failed.error.empty() ? "" : "; ") + ("could not be healed: " + error);
    });
    return;
  }
  if (record(index).applied == never) return;  // Nothing was in force.
  const Evidence evidence = await_healed(fault, index);
  update(index, "healed", [&](FaultRecord& changed) {
    changed.healed = healed;
    changed.verified_healed = evidence.holds;
    changed.heal_evidence = evidence.text;
  });
}

// Not cut short by a stop: the last faults of a run are healed only then.
Evidence Conductor::await_healed(Fault& fault, std::size_t index) {
  Nanos give_up = now_() + heal_evidence_patience;
  {
    const std::lock_guard lock(mutex_);
    for (const FaultRecord& other : records_)  // The next one of this class must not be late.
      if (other.fault == records_[index].fault && other.planned > records_[index].planned)
        give_up = std::min(give_up, other.planned);
  }
  const std::stop_source nobody;
  while (true) {
    const Evidence evidence = look_safely([&] { return fault.verify_healed(arena_); });
    if (evidence.holds || now_() >= give_up) return evidence;
    sleep_until(now_() + look_every, nobody.get_token());
  }
}

bool Conductor::sleep_until(Nanos when, const std::stop_token& stop) const {
  std::mutex alone;
  std::unique_lock lock(alone);
  std::condition_variable_any nothing;
  for (Nanos now = now_(); now < when && !stop.stop_requested(); now = now_())
    nothing.wait_for(lock, stop, when - now, [] { return false; });
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
  for (std::jthread& thread : threads_) thread.request_stop();
}

std::vector<std::string> Conductor::stop_and_heal() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // Each heals what it has in force before it ends.
  std::vector<std::string> problems = heal_everything(arena_);
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
