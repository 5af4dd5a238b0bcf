#include "checkers/lazy_register.h"

#include <tuple>

namespace clew {

template <unsigned Words>
std::uint32_t LazyRegister<Words>::use(Atom atom) {
  if (atom >= live_at_.size())
    live_at_.resize(std::max<std::size_t>(atom + 1, live_at_.size() * 2));
  std::uint32_t& at = live_at_[atom];
  if (at == 0) {
    if (live_free_.empty()) {
      at = static_cast<std::uint32_t>(live_.size());
      live_.emplace_back();
    } else {
      at = live_free_.back();
      live_free_.pop_back();
    }
    live_[at].atom = atom;
  }
  ++live_[at].users;
  return at;
}

template <unsigned Words>
void LazyRegister<Words>::drop(std::uint32_t at) {
  if (--live_[at].users > 0) return;
  live_at_[live_[at].atom] = 0;
  live_free_.push_back(at);
}

template <unsigned Words>
void LazyRegister<Words>::open_unknown(CallId id, const RegisterAct& call) {
  if (!call.mutates()) return;
  const bool swap = call.act == Act::cas;
  const std::uint32_t to = use(call.to);
  const std::uint32_t from = swap ? use(call.from) : 0;
  std::uint32_t kind = none;
  if (swap) {
    for (const std::uint32_t k : live_[from].unknown_from)
      if (kinds_[k].call.to == call.to) kind = k;
  } else {
    kind = live_[to].unknown_write;
  }
  if (kind == none) {
    kind = static_cast<std::uint32_t>(kinds_.size());
    kinds_.push_back({call, {}, 0});
    if (swap) {
      live_[from].unknown_from.push_back(kind);
      live_[to].unknown_to.push_back(kind);
    } else {
      live_[to].unknown_write = kind;
    }
  }
  unknown_swaps_ += swap;
  kinds_[kind].calls.push_back(id);
}

template <unsigned Words>
std::uint32_t LazyRegister<Words>::open(CallId id, const RegisterAct& call, Moment ret,
                                        const Ahead& ahead) {
  const std::uint32_t slot = vacant_.back();
  vacant_.pop_back();
  Open& open = slots_[slot];
  open = {call, ret, ahead, id, 0, 0};
  if (call.act != Act::write) open.from = use(call.from);
  if (call.mutates()) open.to = use(call.to);
  switch (call.act) {
    case Act::read:
      if (live_[open.from].reads.empty()) read_now_.push_back(open.from);
      reads_.add(slot);
      live_[open.from].reads.add(slot);
      for (Config& config : now_)
        if (config.value == call.from) config.done.add(slot);
      break;
    case Act::refused:
      refusals_.add(slot);
      live_[open.from].refusals.add(slot);
      for (Config& config : now_)
        if (config.value != call.from) config.done.add(slot);
      break;
    case Act::write:
      writes_.add(slot);
      live_[open.to].writes.add(slot);
      for (Config& config : now_)
        if (config.value == call.to) config.free.add(slot);
      break;
    case Act::cas:
      swaps_.add(slot);
      live_[open.from].swaps.add(slot);
      break;
  }
  return slot;
}

template <unsigned Words>
LazyRegister<Words>::LazyRegister(const Budget& budget, std::size_t width, const Snapshot& from,
                                  bool ordered)
    : LazyRegister(budget, width, ordered) {
  complete_ = from.complete;
  for (const auto& [act, count] : from.unknown)
    for (std::uint32_t i = 0; i < count; ++i) open_unknown(0, act);
  now_.clear();
  for (const typename Snapshot::Held& held : from.held) {
    Config config;
    config.value = held.value;
    config.spent = spent_.intern(held.spent);
    now_.push_back(config);
  }
}

template <unsigned Words>
typename LazyRegister<Words>::Snapshot LazyRegister<Words>::save() const {
  Snapshot out;
  out.complete = complete_;
  out.held.clear();
  std::vector<std::uint32_t> moved(kinds_.size());
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    const auto left = static_cast<std::uint32_t>(kinds_[kind].calls.size()) - kinds_[kind].spent;
    moved[kind] = static_cast<std::uint32_t>(out.unknown.size());
    if (left > 0) out.unknown.push_back({kinds_[kind].call, left});
  }
  for (const Config& config : now_) {
    out.held.push_back({config.value, {}});
    for (const SpentTable::Count* c = spent_.begin(config.spent); c != spent_.end(config.spent);
         ++c)
      out.held.back().spent.emplace_back(moved[c->first], c->second);
  }
  return out;
}

template <unsigned Words>
bool LazyRegister<Words>::close(std::uint32_t slot) {
  if (out_of_budget()) return false;
  bool all = true;
  for (std::size_t i = 0; i < now_.size() && all; ++i) all = now_[i].done.has(slot);
  if (!all && !extend(slot)) return false;
  for (Config& config : now_) {
    config.done.remove(slot);
    config.free.remove(slot);
  }
  forget(slot);
  vacant_.push_back(slot);
  Open& open = slots_[slot];
  if (open.call.act != Act::write) drop(open.from);
  if (open.call.mutates()) drop(open.to);
  if (!all) settle();
  if (trail_.crowded()) {
    std::vector<std::uint32_t*> ends;
    for (Config& config : now_) ends.push_back(&config.trail);
    trail_.keep(ends);
  }
  return true;
}

// The call in `slot` is no longer there for others to use.
template <unsigned Words>
void LazyRegister<Words>::forget(std::uint32_t slot) {
  const Open& open = slots_[slot];
  switch (open.call.act) {
    case Act::read:
      if (!reads_.has(slot)) return;
      reads_.remove(slot);
      live_[open.from].reads.remove(slot);
      if (live_[open.from].reads.empty())
        read_now_.erase(std::find(read_now_.begin(), read_now_.end(), open.from));
      break;
    case Act::refused:
      refusals_.remove(slot);
      live_[open.from].refusals.remove(slot);
      break;
    case Act::write:
      writes_.remove(slot);
      live_[open.to].writes.remove(slot);
      break;
    case Act::cas:
      swaps_.remove(slot);
      live_[open.from].swaps.remove(slot);
      break;
  }
}

template <unsigned Words>
bool LazyRegister<Words>::extend(std::uint32_t slot) {
  results_.clear();
  work_.clear();
  const RegisterAct& call = slots_[slot].call;
  const Moment now = slots_[slot].ret;
  const Ahead& ahead = slots_[slot].ahead;
  if (call.mutates()) forget(slot);  // It is the last to be used: by name.
  const bool plain =
      swaps_.empty() && unknown_swaps_ == 0 && refusals_.empty() && call.act != Act::cas;
  if (!plain) mark_wanted(slot);
  for (const Config& config : now_) {
    if (out_of_budget()) return false;
    if (config.done.has(slot)) {
      result(config, slot);
      continue;
    }
    // Where the value is held already, it does better to write it: that frees others.
    if (over_ != nullptr) return false;
    if (call.act == Act::write && config.free.has(slot) && config.value != call.to &&
        ahead.must < now) {
      result(config, slot);
      if (ahead.last < now && (live_[slots_[slot].to].reads - config.done).empty()) continue;
    }
    if (plain) {
      without_swaps(config, slot);
    } else {
      more_work(config);
    }
  }
  for (std::size_t i = 0; i < work_.size(); ++i) {
    if (out_of_budget()) return false;
    if (!work_.beaten(i)) with_swaps(Config(work_[i]), slot);
  }
  if (over_ != nullptr) return false;
  now_.clear();
  for (std::size_t i = 0; i < results_.size(); ++i)
    if (!results_.beaten(i)) now_.push_back(results_[i]);
  if (now_.size() > width_) narrow();
  return !now_.empty();
}

// Keeps the configurations that have most left to go on with, of as many values as can be.
template <unsigned Words>
void LazyRegister<Words>::narrow() {
  complete_ = false;
  const auto promise = [this](const Config& config) {
    int sum = 0;
    for (unsigned i = 0; i < Words; ++i) {
      const std::uint64_t done = config.done.words[i];
      sum += 2 * __builtin_popcountll(writes_.words[i] & ~done);
      sum +=
          2 * __builtin_popcountll((reads_.words[i] | swaps_.words[i] | refusals_.words[i]) & done);
      sum -= __builtin_popcountll(writes_.words[i] & ~done & ~config.free.words[i]);
    }
    for (const SpentTable::Count* c = spent_.begin(config.spent); c != spent_.end(config.spent);
         ++c)
      sum -= static_cast<int>(c->second);
    return sum;
  };
  ranked_.clear();
  for (std::uint32_t i = 0; i < now_.size(); ++i) ranked_.push_back({0, -promise(now_[i]), i});
  std::sort(ranked_.begin(), ranked_.end(), [this](const Ranked& a, const Ranked& b) {
    return std::tuple(now_[a.at].value, a.loss, a.at) < std::tuple(now_[b.at].value, b.loss, b.at);
  });
  for (std::size_t i = 1; i < ranked_.size(); ++i)
    if (now_[ranked_[i].at].value == now_[ranked_[i - 1].at].value)
      ranked_[i].place = ranked_[i - 1].place + 1;
  std::sort(ranked_.begin(), ranked_.end(), [](const Ranked& a, const Ranked& b) {
    return std::tuple(a.place, a.loss, a.at) < std::tuple(b.place, b.loss, b.at);
  });
  std::vector<Config> best;
  for (std::size_t i = 0; i < width_; ++i) best.push_back(now_[ranked_[i].at]);
  now_.swap(best);
}

// A read needs its value, or a write takes effect itself. On the way there, other
// values may be held for the sake of those who read them.
template <unsigned Words>
void LazyRegister<Words>::without_swaps(const Config& config, std::uint32_t slot) {
  const Open& open = slots_[slot];
  const bool read = open.call.act == Act::read;
  const std::uint32_t goal = read ? open.from : open.to;
  if (read && !can_write(config, live_[goal])) return;
  detours_.clear();
  for (const std::uint32_t at : read_now_) {
    const Live& live = live_[at];
    if (at == goal || live.atom == config.value || (live.reads - config.done).empty()) continue;
    if (visit(config, live, open.ret) == Visit::possible) detours_.push_back(at);
  }
  Config next = config;
  visit_for_free(next, goal, open.ret);
  if (width_ == no_limit || detours_.size() <= few_detours) {
    detour(next, slot, 0);
  } else {
    complete_ = false;
    land(next, slot);
    for (const std::uint32_t at : detours_) {
      Config one = config;
      visit_for_free(one, goal, open.ret);
      write(one, live_[at]);
      land(one, slot);
      write(next, live_[at]);
    }
    land(next, slot);
  }
}

template <unsigned Words>
void LazyRegister<Words>::land(Config config, std::uint32_t slot) {
  const Open& open = slots_[slot];
  if (open.call.act == Act::write) {
    flip(config, live_[open.to], open.id);
    result(config, slot);
  } else if (write(config, live_[open.from])) {
    result(config, slot);
  }
}

// Before another value overwrites all: holds those for a moment that somebody
// waits for and nobody can use later.
template <unsigned Words>
void LazyRegister<Words>::visit_for_free(Config& config, std::uint32_t goal, Moment now) {
  for (const std::uint32_t at : read_now_) {
    const Live& live = live_[at];
    if (at == goal || (live.reads - config.done).empty()) continue;
    if (visit(config, live, now) == Visit::free) write(config, live);
  }
}

template <unsigned Words>
void LazyRegister<Words>::detour(const Config& config, std::uint32_t slot, std::size_t from) {
  land(config, slot);
  if (out_of_budget()) return;
  for (std::size_t i = from; i < detours_.size(); ++i) {
    Config next = config;
    if (write(next, live_[detours_[i]])) detour(next, slot, i + 1);
  }
}

// Marks the values that are worth holding: somebody reads or swaps them, or they
// lead there by unknown cas.
template <unsigned Words>
void LazyRegister<Words>::mark_wanted(std::uint32_t slot) {
  ++stamp_;
  wanted_.clear();
  const auto want = [this](std::uint32_t at) {
    if (at == 0 || live_[at].wanted == stamp_) return;
    live_[at].wanted = stamp_;
    wanted_.push_back(at);
  };
  const Open& open = slots_[slot];
  want(open.call.act == Act::write ? open.to : open.from);
  for (const std::uint32_t at : read_now_) want(at);
  swaps_.each([&](std::uint32_t other) { want(slots_[other].from); });
  // To be refused, any value but one will do.
  if (!refusals_.empty())
    for (std::uint32_t at = 1; at < live_.size(); ++at)
      if (live_[at].users > 0) want(at);
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    for (const std::uint32_t kind : live_[wanted_[i]].unknown_to)
      if (kinds_[kind].spent < kinds_[kind].calls.size()) want(live_of(kinds_[kind].call.from));
}

// One step from `config`, in which the call in `slot` has not taken effect yet.
template <unsigned Words>
void LazyRegister<Words>::with_swaps(const Config& config, std::uint32_t slot) {
  const Open& open = slots_[slot];
  const RegisterAct& call = open.call;
  const auto move_on = [&](const Config& next) {
    if (next.done.has(slot)) {
      result(next, slot);
    } else {
      more_work(next);
    }
  };
  const Live& here = live_[live_of(config.value)];
  if (call.act == Act::cas && config.value == call.from) {
    Config next = config;
    swap(next, live_[open.to], open.id);
    result(next, slot);
  }
  // Of equal swaps the first to return goes first, and a known one before an unknown one.
  const bool mine = call.act == Act::cas && config.value == call.from;
  const Set swaps = here.swaps - config.done;
  swaps.each([&](std::uint32_t other) {
    const RegisterAct& swapped = slots_[other].call;
    if (mine && swapped.to == call.to) return;
    bool first = true;
    swaps.each([&](std::uint32_t twin) {
      if (slots_[twin].call.to == swapped.to && slots_[twin].ret < slots_[other].ret) first = false;
    });
    if (!first) return;
    Config next = config;
    next.done.add(other);
    swap(next, live_[slots_[other].to], slots_[other].id);
    move_on(next);
  });
  const bool refused_here = !(here.refusals - config.done).empty();
  for (const std::uint32_t kind : here.unknown_from) {
    const Atom to = kinds_[kind].call.to;
    if (!unspent(kind, config) || (mine && to == call.to)) continue;
    if (live_[live_of(to)].wanted != stamp_ && !refused_here) continue;
    bool twin = false;
    swaps.each([&](std::uint32_t other) { twin |= slots_[other].call.to == to; });
    if (twin) continue;
    Config next = config;
    const CallId id = next_of(kind, config);
    next.spent = spent_.add(config.spent, kind);
    swap(next, live_[live_of(to)], id);
    move_on(next);
  }
  if (config.bare) return;
  if (call.act == Act::write) {
    Config next = config;
    visit_for_free(next, open.to, open.ret);
    flip(next, live_[open.to], open.id);
    result(next, slot);
  }
  for (const std::uint32_t at : wanted_) {
    const Live& live = live_[at];
    const bool lands = call.act == Act::refused || (call.act == Act::read && at == open.from);
    if (lands ? !can_write(config, live) : visit(config, live, open.ret) == Visit::impossible)
      continue;
    // Writing what is held already pays only if a cas is to follow: others hide before it.
    const bool held = live.atom == config.value;
    if (held && (writes_ - config.done - config.free).empty()) continue;
    const bool seen = !held && (refused_here || !(live.reads - config.done).empty());
    if (!seen && !leads_on(config, live, slot)) continue;
    Config next = config;
    if (lands) visit_for_free(next, at, open.ret);
    write(next, live);
    next.bare = !seen;
    move_on(next);
  }
}

// Whether a cas may go on from the value.
template <unsigned Words>
bool LazyRegister<Words>::leads_on(const Config& config, const Live& live,
                                   std::uint32_t slot) const {
  const RegisterAct& call = slots_[slot].call;
  if (call.act == Act::cas && call.from == live.atom) return true;
  if (!(live.swaps - config.done).empty()) return true;
  for (const std::uint32_t kind : live.unknown_from)
    if (unspent(kind, config) && live_[live_of(kinds_[kind].call.to)].wanted == stamp_) return true;
  return false;
}

template <unsigned Words>
std::size_t LazyRegister<Words>::hash(const Config& config) const {
  std::uint64_t hash = config.value * 0x9e3779b97f4a7c15ULL;
  for (unsigned i = 0; i < Words; ++i)
    hash = (hash ^ (config.done.words[i] & swaps_.words[i])) * 0xff51afd7ed558ccdULL,
    hash ^= hash >> 32;
  return static_cast<std::size_t>(hash);
}

// Whether all that `b` can still explain, `a` can too.
template <unsigned Words>
bool LazyRegister<Words>::beats(const Config& a, const Config& b) const {
  if (a.value != b.value || (a.bare && !b.bare)) return false;
  std::uint64_t bad = 0;
  for (unsigned i = 0; i < Words; ++i) {
    const std::uint64_t a_done = a.done.words[i], b_done = b.done.words[i];
    const std::uint64_t writes = writes_.words[i];
    bad |= (a_done ^ b_done) & swaps_.words[i];
    bad |= b_done & ~a_done & (reads_.words[i] | refusals_.words[i]);
    bad |= a_done & ~b_done & writes;                                         // Used up.
    bad |= writes & ~a_done & ~a.free.words[i] & (b_done | b.free.words[i]);  // A duty.
  }
  return bad == 0 && spent_.within(a.spent, b.spent);
}

// What every configuration has spent is spent for good.
template <unsigned Words>
void LazyRegister<Words>::settle() {
  if (spent_.nothing_kept()) return;
  if (now_.size() == 1) {
    const std::uint32_t spent = now_[0].spent;
    for (const SpentTable::Count* c = spent_.begin(spent); c != spent_.end(spent); ++c)
      kinds_[c->first].spent += c->second;
    now_[0].spent = 0;
    spent_.clear();
    return;
  }
  if ((++settling_ & 63) != 0) return;
  std::vector<SpentTable::Count> common(spent_.begin(now_[0].spent), spent_.end(now_[0].spent));
  for (std::size_t i = 1; i < now_.size() && !common.empty(); ++i) {
    for (auto& [kind, count] : common) count = std::min(count, spent_.of(now_[i].spent, kind));
    std::erase_if(common, [](const auto& entry) { return entry.second == 0; });
  }
  SpentTable fresh;
  for (Config& config : now_) {
    std::vector<SpentTable::Count> rest(spent_.begin(config.spent), spent_.end(config.spent));
    for (auto& [kind, count] : rest)
      for (const auto& [settled, times] : common)
        if (settled == kind) count -= times;
    std::erase_if(rest, [](const auto& entry) { return entry.second == 0; });
    config.spent = fresh.intern(rest);
  }
  for (const auto& [kind, count] : common) kinds_[kind].spent += count;
  spent_ = std::move(fresh);
}

template <unsigned Words>
bool LazyRegister<Words>::out_of_budget() {
  if ((++steps_ & 255) == 0) over_ = budget_.over(bytes());
  return over_ != nullptr;
}

template class LazyRegister<1>;
template class LazyRegister<2>;
template class LazyRegister<4>;
template class LazyRegister<8>;

}  // namespace clew
