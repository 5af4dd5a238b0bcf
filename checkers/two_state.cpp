#include "checkers/two_state.h"

#include <algorithm>
#include <queue>

namespace clew {
namespace {

using Effect = SwitchCall::Effect;

// Reads the events in order of time. Whoever only looks is served as soon as the
// state fits; a switch is thrown when somebody who returns needs it, and then by
// the call that must return first, since any would do and that one is in a hurry.
class Switches {
 public:
  explicit Switches(const std::vector<SwitchCall>& calls) : calls_(calls) {}

  Finding decide() {
    std::vector<std::pair<Position, CallId>> events;  // Calls twice: invocation, then return.
    std::size_t things = 0;
    for (CallId id = 0; id < calls_.size(); ++id) {
      events.emplace_back(calls_[id].inv, id);
      if (calls_[id].known()) events.emplace_back(calls_[id].ret, id);
      things = std::max<std::size_t>(things, calls_[id].thing + 1);
    }
    std::sort(events.begin(), events.end());
    things_.resize(things);
    done_.assign(calls_.size(), 0);
    for (const auto& [position, id] : events) {
      if (position == calls_[id].inv) {
        invoke(id);
      } else if (!done_[id] && !serve(id)) {
        finding_.answer = Answer::invalid;
        finding_.dead = position;
        finding_.suspects = {id};
        return std::move(finding_);
      }
    }
    finding_.answer = Answer::valid;
    return std::move(finding_);
  }

 private:
  using Entry = std::pair<Position, CallId>;
  struct Thing {
    bool on = false;
    // By return: who can turn it off (0) and on (1).
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> flips[2];
    std::vector<CallId> waits[2]{};  // Who wants to see it off, on.
  };

  static bool looks(Effect effect) {
    return effect == Effect::sees_on || effect == Effect::sees_off;
  }
  // What it has to be when the call takes effect.
  static bool wants_on(Effect effect) { return effect == Effect::off || effect == Effect::sees_on; }

  void take(CallId id) {
    done_[id] = 1;
    finding_.order.push_back(id);
  }

  void invoke(CallId id) {
    const SwitchCall& call = calls_[id];
    Thing& thing = things_[call.thing];
    if (!looks(call.effect)) {
      thing.flips[call.effect == Effect::on].emplace(call.ret, id);
    } else if (thing.on == wants_on(call.effect)) {
      take(id);
    } else {
      thing.waits[wants_on(call.effect)].push_back(id);
    }
  }

  void flip(Thing& thing, CallId id) {
    take(id);
    thing.on = !thing.on;
    for (const CallId waiting : thing.waits[thing.on]) take(waiting);
    thing.waits[thing.on].clear();
  }

  // It returns and has not taken effect. False: it cannot.
  bool serve(CallId id) {
    const SwitchCall& call = calls_[id];
    Thing& thing = things_[call.thing];
    if (thing.on != wants_on(call.effect)) {
      auto& helpers = thing.flips[!thing.on];
      while (!helpers.empty() && done_[helpers.top().second]) helpers.pop();
      if (helpers.empty()) return false;
      const CallId helper = helpers.top().second;
      helpers.pop();
      flip(thing, helper);
    }
    if (!looks(call.effect)) flip(thing, id);
    return true;
  }

  const std::vector<SwitchCall>& calls_;
  std::vector<Thing> things_;
  std::vector<std::uint8_t> done_;
  Finding finding_;
};

}  // namespace

Finding decide_switches(const std::vector<SwitchCall>& calls) { return Switches(calls).decide(); }

}  // namespace clew
