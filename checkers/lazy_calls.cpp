#include "checkers/lazy_calls.h"

namespace clew {

template <unsigned Words>
std::uint32_t LazyCalls<Words>::use(Atom atom) {
  if (atom >= live_at.size()) live_at.resize(std::max<std::size_t>(atom + 1, live_at.size() * 2));
  std::uint32_t& at = live_at[atom];
  if (at == 0) {
    if (live_free.empty()) {
      at = static_cast<std::uint32_t>(live.size());
      live.emplace_back();
    } else {
      at = live_free.back();
      live_free.pop_back();
    }
    live[at].atom = atom;
  }
  ++live[at].users;
  return at;
}

template <unsigned Words>
void LazyCalls<Words>::drop(std::uint32_t at) {
  if (--live[at].users > 0) return;
  live_at[live[at].atom] = 0;
  live_free.push_back(at);
}

template <unsigned Words>
void LazyCalls<Words>::open_unknown(CallId id, const RegisterAct& call) {
  const bool swap = call.act == Act::cas;
  const std::uint32_t to = use(call.to);
  const std::uint32_t from = swap ? use(call.from) : 0;
  std::uint32_t kind = none;
  if (swap) {
    for (const std::uint32_t k : live[from].unknown_from)
      if (kinds[k].call.to == call.to) kind = k;
  } else {
    kind = live[to].unknown_write;
  }
  if (kind == none) {
    kind = static_cast<std::uint32_t>(kinds.size());
    kinds.push_back({call, {}, 0});
    if (swap) {
      live[from].unknown_from.push_back(kind);
      live[to].unknown_to.push_back(kind);
    } else {
      live[to].unknown_write = kind;
    }
  }
  unknown_swaps += swap;
  kinds[kind].calls.push_back(id);
}

template <unsigned Words>
std::uint32_t LazyCalls<Words>::open(CallId id, const RegisterAct& call, Moment ret,
                                     const Ahead& ahead) {
  const std::uint32_t slot = vacant.back();
  vacant.pop_back();
  Open& open = slots[slot];
  open = {call, ret, ahead, id, 0, 0};
  if (call.act != Act::write) open.from = use(call.from);
  if (call.mutates()) open.to = use(call.to);
  Live& value = live[open.named()];
  if (call.act == Act::read && value.reads.empty()) read_now.push_back(open.from);
  those(*this, call.act).add(slot);
  those(value, call.act).add(slot);
  return slot;
}

template <unsigned Words>
void LazyCalls<Words>::forget(std::uint32_t slot) {
  const Open& open = slots[slot];
  Live& value = live[open.named()];
  if (!those(*this, open.call.act).has(slot)) return;
  those(*this, open.call.act).remove(slot);
  those(value, open.call.act).remove(slot);
  if (open.call.act == Act::read && value.reads.empty())
    read_now.erase(std::find(read_now.begin(), read_now.end(), open.from));
}

template <unsigned Words>
void LazyCalls<Words>::close(std::uint32_t slot) {
  forget(slot);
  vacant.push_back(slot);
  const Open& open = slots[slot];
  if (open.call.act != Act::write) drop(open.from);
  if (open.call.mutates()) drop(open.to);
}

template <unsigned Words>
void LazyCalls<Words>::mark_wanted(std::uint32_t slot) {
  ++stamp;
  wanted.clear();
  const auto want = [this](std::uint32_t at) {
    if (at == 0 || live[at].marked == stamp) return;
    live[at].marked = stamp;
    wanted.push_back(at);
  };
  const Open& open = slots[slot];
  want(open.call.act == Act::write ? open.to : open.from);
  for (const std::uint32_t at : read_now) want(at);
  swaps.each([&](std::uint32_t other) { want(slots[other].from); });
  // To be refused, any value but one will do.
  if (!refusals.empty())
    for (std::uint32_t at = 1; at < live.size(); ++at)
      if (live[at].users > 0) want(at);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    for (const std::uint32_t kind : live[wanted[i]].unknown_to)
      if (kinds[kind].spent < kinds[kind].calls.size()) want(live_of(kinds[kind].call.from));
}

template <unsigned Words>
void LazyCalls<Words>::mark_unknown(std::vector<std::uint8_t>& written,
                                    std::vector<std::uint8_t>& swapped) const {
  const auto mark = [](std::vector<std::uint8_t>& marks, Atom atom) {
    if (atom >= marks.size()) marks.resize(atom + 1);
    marks[atom] = 1;
  };
  for (const Kind& kind : kinds) {
    if (kind.spent >= kind.calls.size()) continue;
    mark(written, kind.call.to);
    if (kind.call.act == Act::cas) mark(swapped, kind.call.from);
  }
}

template struct LazyCalls<1>;
template struct LazyCalls<2>;
template struct LazyCalls<4>;
template struct LazyCalls<8>;

}  // namespace clew
