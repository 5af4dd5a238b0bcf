#include "nemesis/conductor.h"

#include <signal.h>

#include <set>

#include "harness/error.h"

namespace clew {
namespace {

constexpr auto inject_patience = std::chrono::seconds(5);
constexpr auto heal_patience = std::chrono::seconds(10);
constexpr auto heal_evidence_patience = std::chrono::seconds(2);
constexpr Nanos look_every = std::chrono::milliseconds(10);
constexpr int heal_tries = 3;

}  // namespace

Conductor::Conductor(Arena arena, std::vector<FaultRecord> schedule, Journal& journal,
                     std::function<Nanos()> now, std::uint64_t seed,
                     std::function<void(const FaultRecord&)> observer)
    : arena_(arena),
      journal_(journal),
      now_(std::move(now)),
      seed_(seed),
      observer_(std::move(observer)),
      records_(std::move(schedule)) {
  for (const FaultRecord& fault : records_) journal_.write(fault, "planned", now_());
}

Conductor::~Conductor() { stop_and_heal(); }

void Conductor::start() {
  std::set<std::string> classes;
  for (const FaultRecord& fault : records_) classes.insert(fault.fault);
  for (const std::string& each : classes)
    threads_.emplace_back([this, each](const std::stop_token& stop) { play(each, stop); });
}

void Conductor::play(const std::string& fault_class, const std::stop_token& stop) {
  const auto fault = FaultRegistry::instance().find("fault", fault_class).make({});
  Rng rng = Rng::stream(seed_, "fault " + fault_class);
  std::vector<std::size_t> mine;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < records_.size(); ++i)
      if (records_[i].fault == fault_class) mine.push_back(i);
  }
  for (const std::size_t index : mine) {
    if (!sleep_until(records_[index].planned, stop)) return;
    try {
      play_one(*fault, index, rng, stop);
    } catch (const std::exception& e) {  // The journal's disk, or a bug in a fault.
      const std::lock_guard lock(mutex_);
      problems_.push_back(records_[index].id + ": " + e.what());
    }
  }
}

void Conductor::play_one(Fault& fault, std::size_t index, Rng& rng, const std::stop_token& stop) {
  FaultRecord plan;
  {
    const std::lock_guard lock(mutex_);
    plan = records_[index];
  }
  Value hit;
  std::string error;
  try {
    hit = fault.inject(arena_, plan.id, plan.target, rng, Clock::now() + inject_patience);
  } catch (const std::exception& e) { error = e.what(); }
  if (!error.empty()) {
    update(index, "failed", [&](FaultRecord& fault_record) {
      fault_record.error = "could not be applied: " + error;
    });
    heal_one(fault, index);  // It may have got half way.
    return;
  }
  update(index, "applied", [&](FaultRecord& record) {
    record.applied = now_();
    record.hit = hit;
  });
  Evidence evidence;
  while (!(evidence = fault.verify(arena_)).holds && now_() < plan.planned_heal)
    if (!sleep_until(std::min(plan.planned_heal, now_() + look_every), stop)) break;
  if (evidence.holds)
    update(index, "verified", [&](FaultRecord& record) {
      record.verified = true;
      record.evidence = evidence.text;
    });
  sleep_until(plan.planned_heal, stop);
  // Once more right before it ends: by now the evidence tells the whole story.
  const Evidence last = fault.verify(arena_);
  {
    const std::lock_guard lock(mutex_);
    FaultRecord& record = records_[index];
    record.verified = record.verified || last.holds;
    if (last.holds || !record.verified) record.evidence = last.text;
  }
  heal_one(fault, index);
}

void Conductor::heal_one(Fault& fault, std::size_t index) {
  std::string error;
  for (int i = 0; i < heal_tries; ++i) {
    try {
      fault.heal(arena_, Clock::now() + heal_patience);
      error.clear();
      break;
    } catch (const std::exception& e) { error = e.what(); }
  }
  const Nanos healed = now_();
  Evidence evidence;
  std::stop_source nobody;
  const Nanos give_up = healed + heal_evidence_patience;
  while (error.empty() && !(evidence = fault.verify_healed(arena_)).holds && now_() < give_up)
    sleep_until(now_() + look_every, nobody.get_token());
  const std::string event = error.empty() ? "healed" : "failed";
  update(index, event, [&](FaultRecord& record) {
    if (!error.empty()) {
      record.error = "could not be healed: " + error;
      return;
    }
    if (record.applied == never) return;  // Nothing was in force.
    record.healed = healed;
    record.verified_healed = evidence.holds;
    record.heal_evidence = evidence.text;
  });
}

bool Conductor::sleep_until(Nanos when, const std::stop_token& stop) {
  std::mutex alone;
  std::unique_lock lock(alone);
  std::condition_variable_any nothing;
  for (Nanos now = now_(); now < when && !stop.stop_requested(); now = now_())
    nothing.wait_for(lock, stop, when - now, [] { return false; });
  return !stop.stop_requested();
}

void Conductor::update(std::size_t index, std::string_view event,
                       const std::function<void(FaultRecord&)>& change) {
  FaultRecord copy;
  {
    const std::lock_guard lock(mutex_);
    change(records_[index]);
    copy = records_[index];
  }
  journal_.write(copy, event, now_());
  observer_(copy);
}

std::vector<std::string> Conductor::stop_and_heal() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // Each heals what it has in force before it ends.
  std::vector<std::string> problems;
  if (Network* network = arena_.cluster.network()) {
    try {
      network->remove_all();
    } catch (const std::exception& e) {
      problems.emplace_back(std::string("links could not be healed: ") + e.what());
    }
  }
  for (const Node& node : arena_.cluster.nodes()) {
    arena_.cluster.signal(node, SIGCONT);
    if (arena_.cluster.status(node).life != Life::gone) continue;
    try {
      arena_.system.start(arena_.cluster, node);
    } catch (const std::exception& e) {
      problems.push_back(node.name + " could not be started again: " + e.what());
    }
  }
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
