#include "checkers/lazy.h"

#include <algorithm>
#include <array>

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

// Most valid histories have an order that needs no second thought, or a few.
constexpr std::array<std::size_t, 6> widths = {1,    32,    256,
                                               1024, 16384, static_cast<std::size_t>(-1)};

template <unsigned Words>
class Run {
 public:
  Run(const std::vector<RegisterCall>& calls, const std::vector<std::uint32_t>& events,
      const Budget& budget)
      : calls_(calls),
        events_(events),
        budget_(budget),
        ahead_(look_ahead(calls)),
        slots_(calls.size()) {}

  // Wider and wider until there is an order, or nothing was left out and there is none.
  Finding decide() {
    Finding finding;
    for (const std::size_t width : widths) {
      const bool complete = decide(finding, width);
      if (finding.answer != Answer::invalid || complete) break;
    }
    return finding;
  }

 private:
  // Returns whether all configurations were kept.
  bool decide(Finding& finding, std::size_t width) {
    LazyRegister<Words> engine(budget_, width);
    std::size_t at = 0;
    const std::uint64_t explored = finding.configurations;
    const bool alive = read(engine, at);
    finding.configurations = explored + engine.explored();
    if (engine.over() != nullptr) {
      finding.answer = Answer::unknown;
      finding.cause = engine.over();
      finding.reached = std::max(finding.reached, static_cast<Position>(at));
    } else if (alive) {
      finding.answer = Answer::valid;
      finding.order = engine.order();
      // If it fails, the order is not whole, and whoever replays it will say so.
      place_the_rest(calls_, finding.order);
    } else {
      finding.answer = Answer::invalid;
      finding.dead = static_cast<Position>(at);
      finding.suspects = {events_[at] / 2};
    }
    return engine.complete();
  }

  bool read(LazyRegister<Words>& engine, std::size_t& at) {
    for (; at < events_.size(); ++at) {
      const CallId id = events_[at] / 2;
      if (events_[at] % 2 == 0) {
        if (calls_[id].known()) {
          slots_[id] = engine.open(id, calls_[id], calls_[id].ret, ahead_[id]);
        } else {
          engine.open_unknown(id, calls_[id]);
        }
      } else if (!engine.close(slots_[id])) {
        return false;
      }
    }
    return true;
  }

  const std::vector<RegisterCall>& calls_;
  const std::vector<std::uint32_t>& events_;
  const Budget& budget_;
  const std::vector<Ahead> ahead_;
  std::vector<std::uint32_t> slots_;
};

}  // namespace

Finding decide_lazily(const std::vector<RegisterCall>& calls, const Budget& budget) {
  const auto events = events_of(calls);
  const std::size_t open = most_open(calls, events);
  if (open <= 64) return Run<1>(calls, events, budget).decide();
  if (open <= 128) return Run<2>(calls, events, budget).decide();
  if (open <= 256) return Run<4>(calls, events, budget).decide();
  if (open <= 512) return Run<8>(calls, events, budget).decide();
  return {};
}

}  // namespace clew
