#include "checkers/placement.h"

#include <algorithm>
#include <cstdint>

namespace clew {
namespace {

// Slot j lies before order[j]; the last one behind them all.
class Placement {
 public:
  Placement(const std::vector<RegisterCall>& calls, const std::vector<CallId>& order)
      : calls_(calls), order_(order), slots_(order.size() + 1) {
    Position latest = -1;
    Atom held = nil_atom;
    for (std::size_t j = 0; j < slots_.size(); ++j) {
      slots_[j].latest = latest;
      slots_[j].held = held;
      if (j == order.size()) break;
      const RegisterCall& call = calls[order[j]];
      latest = std::max(latest, call.inv);
      if (call.mutates()) held = call.to;
    }
    for (std::size_t j = order.size(); j-- > 0;)
      slots_[j].soonest = std::min(slots_[j + 1].soonest, calls[order[j]].ret);
  }

  bool place(std::vector<CallId>& out) {
    std::vector<std::uint8_t> there(calls_.size(), 0);
    for (const CallId id : order_) there[id] = 1;
    for (CallId id = 0; id < calls_.size(); ++id)
      if (!there[id] && calls_[id].known() && !place(id)) return false;
    std::stable_sort(placed_.begin(), placed_.end(),
                     [](const Placed& a, const Placed& b) { return a.spot < b.spot; });
    out.reserve(order_.size() + placed_.size());
    std::size_t next = 0;
    for (std::size_t j = 0; j < slots_.size(); ++j) {
      for (; next < placed_.size() && placed_[next].spot / 2 == j; ++next)
        out.push_back(placed_[next].id);
      if (j < order_.size()) out.push_back(order_[j]);
    }
    return true;
  }

 private:
  struct Slot {
    Position latest = -1;      // Invocation among all that come before.
    Position soonest = never;  // Return among all that come after.
    Atom held = nil_atom;
  };
  // Spot 2j: in slot j, with the register as order[0..j) leave it. 2j + 1: a write
  // that order[j] overwrites at once.
  struct Placed {
    std::size_t spot = 0;
    CallId id = 0;
  };

  // The calls come by invocation, so the first slot that is late enough only moves on.
  bool place(CallId id) {
    const RegisterCall& call = calls_[id];
    while (returned_ < pending_.size() && pending_[returned_].first < call.inv)
      floor_ = std::max(floor_, pending_[returned_++].second);
    while (first_ + 1 < slots_.size() && slots_[first_].soonest < call.inv) ++first_;
    std::size_t spot = std::max(floor_, first_ * 2);
    for (; spot < slots_.size() * 2 && slots_[spot / 2].latest < call.ret; ++spot)
      if (fits(call, spot)) return put(id, spot);
    return false;
  }

  bool fits(const RegisterCall& call, std::size_t spot) const {
    const Atom held = slots_[spot / 2].held;
    if (spot % 2 == 0) {
      if (call.act == Act::refused) return held != call.from;
      return held == (call.act == Act::write ? call.to : call.from) && call.act != Act::cas;
    }
    return call.act == Act::write && spot / 2 < order_.size() &&
           calls_[order_[spot / 2]].act == Act::write;
  }

  bool put(CallId id, std::size_t spot) {
    placed_.push_back({spot, id});
    // By return; nearly in order, since few calls are open at once.
    std::pair<Position, std::size_t> entry{calls_[id].ret, spot};
    auto at = pending_.end();
    while (at != pending_.begin() + static_cast<std::ptrdiff_t>(returned_) &&
           std::prev(at)->first > entry.first)
      --at;
    pending_.insert(at, entry);
    return true;
  }

  const std::vector<RegisterCall>& calls_;
  const std::vector<CallId>& order_;
  std::vector<Slot> slots_;
  std::vector<Placed> placed_;
  std::vector<std::pair<Position, std::size_t>> pending_;  // Return and spot of those placed.
  std::size_t returned_ = 0;                               // Of pending_.
  std::size_t floor_ = 0, first_ = 0;
};

}  // namespace

bool place_the_rest(const std::vector<RegisterCall>& calls, std::vector<CallId>& order) {
  std::vector<CallId> out;
  if (!Placement(calls, order).place(out)) return false;
  order.swap(out);
  return true;
}

}  // namespace clew
