#include "checkers/lazy_step.h"

namespace clew {

template <unsigned Words>
void LazyStep<Words>::clear() {
  for (auto& found : results) found.clear();
  for (auto& found : work) found.clear();
  spent_.clear();
  trail_.clear();
  over_ = nullptr;
  narrow_ = false;
}

template <unsigned Words>
void LazyStep<Words>::start(const Config& config) {
  if (out_of_budget()) return;
  const std::uint32_t slot = common_.slot;
  const Open& open = goal();
  if (config.done.has(slot)) return result(config);
  // Where the value is held already, it does better to write it: that frees others.
  if (open.call.act == Act::write && config.free.has(slot) && config.value != open.call.to &&
      open.ahead.must < open.ret) {
    result(config);
    if (open.ahead.last < open.ret && (calls_.live[open.to].reads - config.done).empty()) return;
  }
  if (common_.plain) {
    without_swaps(config);
  } else {
    more_work(config);
  }
}

template <unsigned Words>
void LazyStep<Words>::advance(const Config& config) {
  if (out_of_budget()) return;
  swap_here(config);
  if (!config.bare) write_then(config);
}

// A read needs its value, or a write takes effect itself. On the way there, other
// values may be held for the sake of those who read them.
template <unsigned Words>
void LazyStep<Words>::without_swaps(const Config& config) {
  const Open& open = goal();
  const bool read = open.call.act == Act::read;
  const std::uint32_t to = read ? open.from : open.to;
  if (read && !can_write(config, calls_.live[to])) return;
  detours_.clear();
  for (const std::uint32_t at : calls_.read_now) {
    const Live& live = calls_.live[at];
    if (at == to || live.atom == config.value || (live.reads - config.done).empty()) continue;
    if (visit(config, live, open.ret) == Visit::possible) detours_.push_back(at);
  }
  Config next = config;
  visit_for_free(next, to, open.ret);
  if (common_.all_detours || detours_.size() <= few_detours) return detour(next, 0);
  narrow_ = true;
  land(next);
  for (const std::uint32_t at : detours_) {
    Config one = config;
    visit_for_free(one, to, open.ret);
    write(one, calls_.live[at]);
    land(one);
    write(next, calls_.live[at]);
  }
  land(next);
}

template <unsigned Words>
void LazyStep<Words>::land(Config config) {
  const Open& open = goal();
  if (open.call.act == Act::write) {
    flip(config, calls_.live[open.to], open.id);
    result(config);
  } else if (write(config, calls_.live[open.from])) {
    result(config);
  }
}

// Before another value overwrites all: holds those for a moment that somebody
// waits for and nobody can use later.
template <unsigned Words>
void LazyStep<Words>::visit_for_free(Config& config, std::uint32_t goal, Moment now) {
  for (const std::uint32_t at : calls_.read_now) {
    const Live& live = calls_.live[at];
    if (at == goal || (live.reads - config.done).empty()) continue;
    if (visit(config, live, now) == Visit::free) write(config, live);
  }
}

template <unsigned Words>
void LazyStep<Words>::detour(const Config& config, std::size_t from) {
  land(config);
  if (out_of_budget()) return;
  for (std::size_t i = from; i < detours_.size(); ++i) {
    Config next = config;
    if (write(next, calls_.live[detours_[i]])) detour(next, i + 1);
  }
}

// Every cas that may start at the value.
template <unsigned Words>
void LazyStep<Words>::swap_here(const Config& config) {
  const Open& open = goal();
  const RegisterAct& call = open.call;
  const Live& here = calls_.live[calls_.live_of(config.value)];
  const bool mine = call.act == Act::cas && config.value == call.from;
  if (mine) {
    Config next = config;
    swap(next, calls_.live[open.to], open.id);
    result(next);
  }
  // Of equal swaps the first to return goes first, and a known one before an unknown one.
  const Set swaps = here.swaps - config.done;
  swaps.each([&](std::uint32_t other) {
    const Open& swapped = calls_.slots[other];
    if (mine && swapped.call.to == call.to) return;
    bool first = true;
    swaps.each([&](std::uint32_t twin) {
      const Open& also = calls_.slots[twin];
      if (also.call.to == swapped.call.to && also.ret < swapped.ret) first = false;
    });
    if (!first) return;
    Config next = config;
    next.done.add(other);
    swap(next, calls_.live[swapped.to], swapped.id);
    move_on(next);
  });
  const bool refused_here = !(here.refusals - config.done).empty();
  for (const std::uint32_t kind : here.unknown_from) {
    const Atom to = calls_.kinds[kind].call.to;
    if (!unspent(kind, config) || (mine && to == call.to)) continue;
    if (!calls_.is_wanted(calls_.live_of(to)) && !refused_here) continue;
    bool twin = false;
    swaps.each([&](std::uint32_t other) { twin |= calls_.slots[other].call.to == to; });
    if (twin) continue;
    Config next = config;
    const CallId id = spend(kind, next);
    swap(next, calls_.live[calls_.live_of(to)], id);
    move_on(next);
  }
}

// Every write that somebody waits for, or a cas.
template <unsigned Words>
void LazyStep<Words>::write_then(const Config& config) {
  const Open& open = goal();
  const RegisterAct& call = open.call;
  if (call.act == Act::write) {
    Config next = config;
    visit_for_free(next, open.to, open.ret);
    flip(next, calls_.live[open.to], open.id);
    result(next);
  }
  const Live& here = calls_.live[calls_.live_of(config.value)];
  const bool refused_here = !(here.refusals - config.done).empty();
  for (const std::uint32_t at : calls_.wanted) {
    const Live& live = calls_.live[at];
    const bool lands = call.act == Act::refused || (call.act == Act::read && at == open.from);
    if (lands ? !can_write(config, live) : visit(config, live, open.ret) == Visit::impossible)
      continue;
    // Writing what is held already pays only if a cas is to follow: others hide before it.
    const bool held = live.atom == config.value;
    if (held && (calls_.writes - config.done - config.free).empty()) continue;
    const bool seen = !held && (refused_here || !(live.reads - config.done).empty());
    if (!seen && !leads_on(config, live)) continue;
    Config next = config;
    if (lands) visit_for_free(next, at, open.ret);
    write(next, live);
    next.bare = !seen;
    move_on(next);
  }
}

// Whether a cas may go on from the value.
template <unsigned Words>
bool LazyStep<Words>::leads_on(const Config& config, const Live& live) const {
  const RegisterAct& call = goal().call;
  if (call.act == Act::cas && call.from == live.atom) return true;
  if (!(live.swaps - config.done).empty()) return true;
  for (const std::uint32_t kind : live.unknown_from)
    if (unspent(kind, config) && calls_.is_wanted(calls_.live_of(calls_.kinds[kind].call.to)))
      return true;
  return false;
}

template <unsigned Words>
bool LazyStep<Words>::out_of_budget() {
  if ((++steps_ & 255) != 0) return over_ != nullptr;
  std::size_t bytes = trail_.bytes() + spent_.bytes();
  for (std::size_t i = 0; i < most_portions; ++i)
    bytes += (results[i].capacity() + work[i].capacity()) * sizeof(Config);
  common_.more_bytes += bytes - told_bytes_;  // Wraps where it has become less.
  told_bytes_ = bytes;
  over_ = common_.budget.over(common_.bytes + common_.more_bytes);
  return over_ != nullptr;
}

template class LazyStep<1>;
template class LazyStep<2>;
template class LazyStep<4>;
template class LazyStep<8>;

}  // namespace clew
