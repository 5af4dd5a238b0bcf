#include "checkers/lazy.h"

#include <algorithm>

#include "checkers/lazy_register.h"
#include "checkers/placement.h"

namespace clew {
namespace {

// Calls by their events, in order of time: call * 2, + 1 for its return.
std::vector<std::uint32_t> events_of(const std::vector<RegisterCall>& calls) {
  std::size_t count = 0;
  for (const RegisterCall& call : calls) count += call.known() ? 2U : 1U;
  std::vector<std::uint32_t> events(count);
  for (CallId id = 0; id < calls.size(); ++id) {
    events[static_cast<std::size_t>(calls[id].inv)] = id * 2;
    if (calls[id].known()) events[static_cast<std::size_t>(calls[id].ret)] = id * 2 + 1;
  }
  return events;
}

std::size_t most_open(const std::vector<RegisterCall>& calls,
                      const std::vector<std::uint32_t>& events) {
  std::size_t open = 0, most = 0;
  for (const std::uint32_t event : events) {
    if (!calls[event / 2].known()) continue;
    open = event % 2 == 0 ? open + 1 : open - 1;
    most = std::max(most, open);
  }
  return most;
}

template <unsigned Words>
Finding decide(const std::vector<RegisterCall>& calls, const std::vector<std::uint32_t>& events,
               const Budget& budget) {
  LazyRegister<Words> engine(budget);
  const std::vector<Ahead> ahead = look_ahead(calls);
  std::vector<std::uint32_t> slots(calls.size());
  Finding finding;
  for (std::size_t at = 0; at < events.size(); ++at) {
    const CallId id = events[at] / 2;
    if (events[at] % 2 == 0) {
      slots[id] = engine.open(id, calls[id], ahead[id]);
    } else if (!engine.close(slots[id])) {
      finding.configurations = engine.explored();
      if (engine.over() != nullptr) {
        finding.answer = Answer::unknown;
        finding.cause = engine.over();
        finding.reached = static_cast<Position>(at);
        return finding;
      }
      finding.answer = Answer::invalid;
      finding.dead = static_cast<Position>(at);
      finding.suspects = {id};
      return finding;
    }
    if ((at & 1023) == 0 && budget.over(engine.bytes()) != nullptr) {
      finding.answer = Answer::unknown;
      finding.cause = budget.over(engine.bytes());
      finding.reached = static_cast<Position>(at);
      return finding;
    }
  }
  finding.configurations = engine.explored();
  finding.answer = Answer::valid;
  finding.order = engine.order();
  // If it fails, the order is not whole, and whoever replays it will say so.
  place_the_rest(calls, finding.order);
  return finding;
}

}  // namespace

Finding decide_lazily(const std::vector<RegisterCall>& calls, const Budget& budget) {
  const auto events = events_of(calls);
  const std::size_t open = most_open(calls, events);
  if (open <= 64) return decide<1>(calls, events, budget);
  if (open <= 128) return decide<2>(calls, events, budget);
  if (open <= 256) return decide<4>(calls, events, budget);
  if (open <= 512) return decide<8>(calls, events, budget);
  return {};
}

}  // namespace clew
