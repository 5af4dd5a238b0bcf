#include "tests/support/brute_force.h"

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/error.h"

namespace clew::testing {
namespace {

struct Event {
  std::string f;
  Value asked, answered;
  bool certain = false;  // ok, or refused.
  bool refused = false;
  Nanos from{}, to{};
};

class AllOrders {
 public:
  explicit AllOrders(std::vector<Event> events) : events_(std::move(events)) {
    if (events_.size() > 30) throw HarnessError("too many calls to try all orders");
  }
  bool any() { return search(0, Value()); }

 private:
  static bool fits(const Event& event, Value& state) {
    if (event.f == "write") {
      state = event.asked;
      return true;
    }
    if (event.f == "read") return !event.certain || event.answered == state;
    const Value& old = event.asked.as_list()[0];
    if (event.refused) return old != state;
    if (old != state) return false;
    state = event.asked.as_list()[1];
    return true;
  }

  bool search(unsigned done, const Value& state) {
    bool finished = true;
    for (std::size_t i = 0; i < events_.size(); ++i)
      finished &= (done >> i & 1U) != 0 || !events_[i].certain;
    if (finished) return true;
    if (!seen_.emplace(done, to_json(state)).second) return false;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (done >> i & 1U) continue;
      bool first = true;  // Nobody else that must come has ended before this began.
      for (std::size_t j = 0; j < events_.size(); ++j)
        first &= (done >> j & 1U) != 0 || !events_[j].certain || events_[j].to >= events_[i].from;
      Value next = state;
      if (first && fits(events_[i], next) && search(done | 1U << i, next)) return true;
    }
    return false;
  }

  std::vector<Event> events_;
  std::set<std::pair<unsigned, std::string>> seen_;
};

}  // namespace

bool has_order(const History& history, bool refusals_count) {
  std::map<std::string, std::vector<Event>> keys;
  const auto ops = history.ops();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].process < 0 || ops[i].kind != Kind::invoke) continue;
    Event event;
    event.f = ops[i].f;
    event.asked = ops[i].value;
    event.from = ops[i].time;
    event.to = Nanos::max();
    const std::size_t end = history.completion(i);
    if (end != History::none) {
      const Op& done = ops[end];
      event.refused = done.kind == Kind::fail && done.error == compare_failed && done.f == "cas" &&
                      refusals_count;
      if (done.kind == Kind::fail && !event.refused) continue;
      event.certain = done.kind != Kind::info;
      if (event.certain) event.to = done.time;
      event.answered = done.value;
    }
    keys[ops[i].key].push_back(std::move(event));
  }
  for (auto& [key, events] : keys)
    if (!AllOrders(std::move(events)).any()) return false;
  return true;
}

}  // namespace clew::testing
