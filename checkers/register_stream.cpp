#include "checkers/register_stream.h"

#include <algorithm>

namespace clew {
namespace {

// Of equal times, invocations come first: they count as concurrent.
Moment invoked(std::int64_t time) { return 2 * time; }
Moment returned(std::int64_t time) { return 2 * time + 1; }

}  // namespace

std::uint64_t RegisterStream::invoke(std::int64_t time) {
  Pending call;
  call.inv = invoked(time);
  // What was read already may have come after this.
  if (call.inv < read_ && state_ == State::alive) state_ = State::unsure;
  latest_ = std::max(latest_, call.inv);
  calls_.push_back(call);
  if (++open_ > max_open && state_ == State::alive) state_ = State::unsure;
  most_open_ = std::max(most_open_, open_);
  return first_ + calls_.size() - 1;
}

void RegisterStream::answer(std::uint64_t call, const RegisterAct& act, std::int64_t time) {
  pending(call).act = act;
  pending(call).ret = returned(time);
  settle(call, Fate::known);
}

void RegisterStream::lose(std::uint64_t call, const RegisterAct& act) {
  pending(call).act = act;
  settle(call, act.mutates() ? Fate::unknown : Fate::absent);
}

void RegisterStream::drop(std::uint64_t call) { settle(call, Fate::absent); }

void RegisterStream::settle(std::uint64_t call, Fate fate) {
  pending(call).fate = fate;
  --open_;
  if (++settled_ >= std::max(pace_.answers, pace_.of_each_client * most_open_))
    advance(latest_, half);
}

// The first invocation whose return is not known yet: it may come any time after.
Moment RegisterStream::watermark() const {
  for (const Pending& call : calls_)
    if (call.fate == Fate::open) return call.inv;
  return no_end;
}

void RegisterStream::wake() {
  if (engine_) return;
  if (asleep_) {
    engine_ = std::make_unique<Lazy>(budget_, width, *asleep_, false);
    asleep_.reset();
  } else {
    engine_ = std::make_unique<Lazy>(budget_, width, false);
  }
}

// The later half of what has its place tells what lies ahead of the earlier one.
// The next invocation may come at the very time of the last one, so `end` is not later.
void RegisterStream::advance(Moment end, Moment until) {
  settled_ = 0;
  if (state_ != State::alive) {
    while (!calls_.empty() && calls_.front().fate != Fate::open) calls_.pop_front(), ++first_;
    return;
  }
  end = std::min(end, watermark());
  std::vector<std::uint32_t> window;  // Into calls_.
  std::vector<Event> events;
  for (std::uint32_t i = 0; i < calls_.size(); ++i) {
    const Pending& call = calls_[i];
    if (call.fate == Fate::open) continue;
    if (call.fate == Fate::absent || (call.fate == Fate::unknown && call.started)) continue;
    if (call.ret < read_) continue;
    const auto number = static_cast<std::uint32_t>(window.size());
    window.push_back(i);
    events.push_back({call.inv, number, false});
    if (call.fate == Fate::known) events.push_back({call.ret, number, true});
  }
  if (events.empty()) return;
  wake();
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.at < b.at; });
  look_around(window, events, end);
  const auto limit = std::partition_point(events.begin(), events.end(),
                                          [&](const Event& event) { return event.at < end; });
  const auto begin = std::partition_point(events.begin(), limit,
                                          [&](const Event& event) { return event.at < read_; });
  auto cut = begin + (limit - begin) / 2;
  if (until != half)
    cut = std::partition_point(begin, limit, [&](const Event& e) { return e.at < until; });
  while (cut != begin && cut != limit && cut->at == std::prev(cut)->at) ++cut;
  for (auto it = begin; it != cut; ++it)
    if (!read(*it, window[it->call])) break;
  if (cut != begin) read_ = std::prev(cut)->at + 1;
  while (!calls_.empty() && calls_.front().fate != Fate::open &&
         (calls_.front().fate == Fate::absent ||
          (calls_.front().fate == Fate::unknown ? calls_.front().started
                                                : calls_.front().ret < read_)))
    calls_.pop_front(), ++first_;
}

// Finds out what lies ahead of each call in the window.
void RegisterStream::look_around(const std::vector<std::uint32_t>& window,
                                 std::vector<Event>& events, Moment end) {
  std::vector<RegisterCall> calls(window.size());
  Window bounds{static_cast<Position>(events.size()), static_cast<Position>(events.size())};
  Atom values = 1;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto at = static_cast<Position>(i);
    RegisterCall& call = calls[events[i].call];
    (events[i].ret ? call.ret : call.inv) = at;
    if (events[i].at >= read_) bounds.begin = std::min(bounds.begin, at);
    if (events[i].at >= end) bounds.end = std::min(bounds.end, at);
  }
  if (read_ == 0) bounds.begin = -1;
  for (std::size_t i = 0; i < window.size(); ++i) {
    static_cast<RegisterAct&>(calls[i]) = calls_[window[i]].act;
    values = std::max({values, calls[i].from + 1, calls[i].to + 1});
  }
  std::vector<std::uint8_t> written(values), swapped(values);
  engine_->mark_unknown(written, swapped);
  bounds.written = &written;
  bounds.swapped = &swapped;
  ahead_ = look_ahead(calls, bounds);
  const auto moment = [&](Moment at) {
    return at < 0 ? -1 : at == no_end ? no_end : events[static_cast<std::size_t>(at)].at;
  };
  for (std::size_t i = 0; i < window.size(); ++i) {
    ahead_[i] = {moment(ahead_[i].must), moment(ahead_[i].last)};
    const Pending& call = calls_[window[i]];
    if (call.started && call.fate == Fate::known) engine_->look(call.slot, ahead_[i]);
  }
}

bool RegisterStream::read(const Event& event, std::uint32_t at) {
  Pending& call = calls_[at];
  if (!event.ret) {
    call.started = true;
    if (call.fate == Fate::unknown) {
      engine_->open_unknown(0, call.act);
    } else {
      call.slot = engine_->open(0, call.act, call.ret, ahead_[event.call]);
    }
    return true;
  }
  ++judged_;
  if (engine_->close(call.slot)) return true;
  state_ = engine_->complete() && engine_->over() == nullptr ? State::dead : State::unsure;
  died_at_ = event.at / 2;
  engine_.reset();
  return false;
}

void RegisterStream::catch_up(std::int64_t time) {
  if (calls_.empty() || calls_.front().inv >= invoked(time)) return;
  advance(latest_, invoked(time));
}

void RegisterStream::rest(std::int64_t time) {
  advance(invoked(time), invoked(time));
  if (engine_ && engine_->idle()) {
    asleep_ = engine_->save();
    engine_.reset();
  }
  calls_.shrink_to_fit();
  ahead_ = {};
}

void RegisterStream::mark_live(std::vector<std::uint8_t>& live) const {
  const auto mark = [&](const RegisterAct& act) { live[act.from] = live[act.to] = 1; };
  for (const Pending& call : calls_) mark(call.act);
  if (engine_) engine_->mark_live(live);
  if (!asleep_) return;
  for (const auto& unknown : asleep_->unknown) mark(unknown.act);
  for (const auto& held : asleep_->held) live[held.value] = 1;
}

void RegisterStream::rename(const std::vector<Atom>& names) {
  for (auto& unknown : asleep_->unknown) {
    unknown.act.from = names[unknown.act.from];
    unknown.act.to = names[unknown.act.to];
  }
  for (auto& held : asleep_->held) held.value = names[held.value];
}

std::size_t RegisterStream::bytes() const {
  // A deque keeps a block of 512 bytes and a map of 64, however empty it is.
  return sizeof(*this) + 576 + calls_.size() * sizeof(Pending) +
         (asleep_ ? asleep_->held.size() * sizeof(asleep_->held[0]) +
                        asleep_->unknown.size() * sizeof(asleep_->unknown[0])
                  : 0) +
         (engine_ ? sizeof(Lazy) + engine_->bytes() : 0);
}

}  // namespace clew
