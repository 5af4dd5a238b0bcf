#include "nemesis/events.h"

#include <algorithm>

#include "harness/error.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr auto settle_patience = std::chrono::seconds(2);

}  // namespace

Events::Events(const std::vector<FaultRecord>& schedule, std::function<Nanos()> now)
    : now_(std::move(now)) {
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    for (const Edge edge : {Edge::on, Edge::until}) {
      const Trigger& trigger = edge == Edge::on ? schedule[i].on : schedule[i].until;
      if (trigger.event.empty()) continue;
      place_[{i, edge}] = expectations_.size();
      expect(schedule[i], trigger, edge);
    }
  }
}

void Events::expect(const FaultRecord& fault, const Trigger& trigger, Edge edge) {
  Expectation expectation{.trigger = trigger, .owner = fault.id, .edge = edge};
  if (trigger.event == "log" || trigger.event == "fsync") {
    (trigger.event == "log" ? wants_logs_ : wants_fsyncs_) = true;
    try {
      expectation.line = std::regex(trigger.match, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& e) {
      throw UsageError("fault " + fault.id + ": '" + trigger.match +
                       "' is no regular expression: " + e.what());
    }
  }
  if (trigger.event == "ack") ++acks_awaited_;
  expectations_.push_back(std::move(expectation));
}

// Under the recorder's lock, for every event of the history: the common case is a glance.
void Events::told(const Op& completion) {
  if (acks_awaited_.load(std::memory_order_relaxed) == 0) return;
  if (completion.kind != Kind::ok || completion.process == nemesis_process) return;
  tell({.kind = "ack",
        .subject = completion.f,
        .node = completion.node,
        .key = completion.key,
        .text = completion.f + (completion.key.empty() ? "" : " of " + completion.key) +
                " acknowledged by " + completion.node,
        .time = completion.time});
}

void Events::log_line(const std::string& node, const std::string& line) {
  tell({.kind = "log",
        .subject = line,
        .node = node,
        .text = node + " logged: " + line.substr(0, 200),
        .time = now_()});
}

void Events::leader(const LeaderSpan& span) {
  {
    const std::lock_guard lock(mutex_);
    leader_ = span.node;
  }
  tell({.kind = "leader",
        .subject = "any",
        .node = span.node,
        .text = span.node + " leads in term " + std::to_string(span.term),
        .time = span.from});
}

void Events::applied(const FaultRecord& fault) {
  {
    const std::lock_guard lock(mutex_);
    hit_[fault.id] = nodes_hit(fault.hit);
  }
  tell({.kind = "applied",
        .subject = fault.id,
        .text = fault.id + " applied",
        .time = fault.applied});
}

void Events::healed(const FaultRecord& fault) {
  tell({.kind = "healed", .subject = fault.id, .text = fault.id + " healed", .time = fault.healed});
}

void Events::fsync(const std::string& node, const std::string& path) {
  if (!tell({.kind = "fsync",
             .subject = path,
             .node = node,
             .text = "fsync of " + path + " at " + node,
             .time = now_()}))
    return;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, settle_patience, [&] {
    return std::all_of(expectations_.begin(), expectations_.end(), [](const Expectation& each) {
      return each.trigger.event != "fsync" || !each.fired || each.settled;
    });
  });
}

void Events::settled(std::size_t index, Edge edge) {
  const std::lock_guard lock(mutex_);
  const auto it = place_.find({index, edge});
  if (it == place_.end()) return;
  expectations_[it->second].settled = true;
  changed_.notify_all();
}

bool Events::tell(Event event) {
  const std::lock_guard lock(mutex_);
  bool fired = false;
  for (Expectation& expectation : expectations_) {
    if (expectation.fired || !matches(expectation, event)) continue;
    if (++expectation.seen < expectation.trigger.count) continue;
    expectation.fired = event;
    fired = true;
    // What comes later anyway nobody waits for.
    expectation.settled = expectation.trigger.delay > Nanos{0};
    if (event.kind == "ack") --acks_awaited_;
  }
  if (fired) changed_.notify_all();
  return fired;
}

bool Events::matches(const Expectation& expectation, const Event& event) const {
  const Trigger& trigger = expectation.trigger;
  if (trigger.event != event.kind || !is_armed(expectation)) return false;
  if (!trigger.node.empty() && !is_at(trigger.node, event.node)) return false;
  if (trigger.event == "log" || trigger.event == "fsync")
    return std::regex_search(event.subject, expectation.line);
  return trigger.match == "any" || trigger.match == event.subject;
}

// What ends a fault counts from when it was applied.
bool Events::is_armed(const Expectation& expectation) const {
  if (expectation.edge == Edge::until && !hit_.contains(expectation.owner)) return false;
  return expectation.trigger.after.empty() || hit_.contains(expectation.trigger.after);
}

bool Events::is_at(const std::string& where, const std::string& node) const {
  const auto target = parse_hit_target(where);
  if (!target) return where == node;
  const auto it = hit_.find(target->id);
  if (it == hit_.end()) return false;
  const bool inside = std::find(it->second.begin(), it->second.end(), node) != it->second.end();
  return inside != target->others;
}

std::optional<Event> Events::await(std::size_t index, Edge edge, Nanos latest,
                                   const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const Expectation& expectation = expectations_.at(place_.at({index, edge}));
  const auto has_fired = [&] { return expectation.fired.has_value(); };
  if (latest == never) {
    changed_.wait(lock, stop, has_fired);
  } else {
    changed_.wait_for(lock, stop, std::max(latest - now_(), Nanos{0}), has_fired);
  }
  return expectation.fired;
}

std::vector<std::string> Events::hit_by(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto it = hit_.find(id);
  return it == hit_.end() ? std::vector<std::string>{} : it->second;
}

std::string Events::leader_now() const {
  const std::lock_guard lock(mutex_);
  return leader_;
}

}  // namespace clew
