#pragma once

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checkers/engine.h"
#include "checkers/frontier_pool.h"
#include "checkers/reduce.h"

namespace clew {

// Reads the calls of one key in time order and keeps every configuration (state,
// which open calls have taken effect, how many unknown calls were spent) that
// explains all so far. Judges any model. At the return of a call, configurations
// are extended just far enough that it has taken effect; then it is forgotten.
//
//   - a pure call is taken as soon as it fits, for nothing can be gained by waiting;
//   - an unknown call is optional for ever; equal ones are counted, the oldest is
//     spent first, and a configuration that spent fewer beats one that spent more;
//   - of equal open calls the first to return goes first.
template <Model M>
class Frontier {
 public:
  Frontier(const std::vector<Call<M>>& calls, std::size_t values, const Budget& budget)
      : calls_(reduce<M>(calls, values)), budget_(budget) {}

  Finding decide() {
    prepare();
    now_.add(M::initial(), zeros_.data(), {}, Trail::none);
    for (Position at = 0; at < static_cast<Position>(events_.size()); ++at) {
      if ((at & 255) == 0 && out_of_budget()) return stopped(at);
      const CallId id = events_[static_cast<std::size_t>(at)] / 2;
      if (events_[static_cast<std::size_t>(at)] % 2 == 0) {
        invoke(id);
        continue;
      }
      if (!complete(id)) {
        if (over_) return stopped(at);
        finding_.answer = Answer::invalid;
        finding_.dead = at;
        finding_.suspects = {id};
        return std::move(finding_);
      }
    }
    finding_.answer = Answer::valid;
    finding_.order = trail_.path(now_[0].trail);
    return std::move(finding_);
  }

 private:
  using Pool = FrontierPool<typename M::State>;

  // An open call of known outcome that may change the state. Sorted by kind, then
  // by return.
  struct Open {
    std::uint32_t kind = 0;
    Position ret = 0;
    std::uint32_t slot = 0;
    CallId id = 0;
    bool operator<(const Open& other) const {
      return std::pair(kind, ret) < std::pair(other.kind, other.ret);
    }
  };

  // Calls of unknown outcome that ask for the same thing.
  struct Unknown {
    std::vector<CallId> calls;  // By invocation.
    std::uint32_t spent = 0;    // In every configuration.
  };

  void prepare() {
    std::size_t count = 0, width = 0;
    for (const Call<M>& call : calls_) count += call.known() ? 2U : 1U;
    events_.assign(count, 0);
    for (CallId id = 0; id < calls_.size(); ++id) {
      events_[static_cast<std::size_t>(calls_[id].inv)] = id * 2;
      if (calls_[id].known()) events_[static_cast<std::size_t>(calls_[id].ret)] = id * 2 + 1;
    }
    std::size_t open = 0;
    for (const std::uint32_t event : events_) {
      if (!calls_[event / 2].known()) continue;
      open = event % 2 == 0 ? open + 1 : open - 1;
      width = std::max(width, open);
    }
    words_ = (width + 63) / 64;
    zeros_.assign(words_, 0);
    scratch_.assign(words_, 0);
    pure_.assign(words_, 0);
    slots_.assign(words_ * 64, 0);
    for (std::uint32_t slot = static_cast<std::uint32_t>(words_ * 64); slot-- > 0;)
      free_.push_back(slot);
    slot_of_.assign(calls_.size(), 0);
    now_.reset(words_);
    next_.reset(words_);
  }

  void invoke(CallId id) {
    const Call<M>& call = calls_[id];
    if (!call.known()) {
      const std::uint32_t kind = kind_of(call);
      if (kind >= unknown_at_.size()) unknown_at_.resize(kind + 1, none);
      if (unknown_at_[kind] == none) {
        unknown_at_[kind] = static_cast<std::uint32_t>(unknown_.size());
        unknown_.emplace_back();
      }
      unknown_[unknown_at_[kind]].calls.push_back(id);
      return;
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot] = id;
    slot_of_[id] = slot;
    if (!is_pure<M>(call.input, &call.output)) {
      const Open open{kind_of(call), call.ret, slot, id};
      open_.insert(std::upper_bound(open_.begin(), open_.end(), open), open);
      return;
    }
    pure_[slot / 64] |= bit(slot);
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (!fits(now_[i].state, call)) continue;
      now_.bits(i)[slot / 64] |= bit(slot);
      now_[i].trail = trail_.add(now_[i].trail, id);
    }
  }

  // False: no configuration lets the call take effect in time, or the budget is gone.
  bool complete(CallId id) {
    const std::uint32_t slot = slot_of_[id];
    bool all = true;
    for (std::size_t i = 0; i < now_.size() && all; ++i)
      all = (now_.bits(i)[slot / 64] & bit(slot)) != 0;
    if (!all && !extend(slot)) return false;
    for (std::size_t i = 0; i < now_.size(); ++i) now_.bits(i)[slot / 64] &= ~bit(slot);
    if (pure_[slot / 64] & bit(slot)) {
      pure_[slot / 64] &= ~bit(slot);
    } else {
      for (std::size_t i = 0; i < open_.size(); ++i)
        if (open_[i].slot == slot) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i--));
    }
    free_.push_back(slot);
    if (!all) settle_spent();
    if (trail_.crowded()) compact_trail();
    return true;
  }

  // Extends all configurations until the call in `slot` has taken effect in them.
  bool extend(std::uint32_t slot) {
    next_.clear();
    for (std::size_t i = 0; i < now_.size(); ++i)
      next_.insert(M::hash(now_[i].state), now_[i].state, now_.bits(i), now_[i].spent,
                   now_[i].trail);
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (next_[i].beaten || (next_.bits(i)[slot / 64] & bit(slot))) continue;
      if ((++steps_ & 255) == 0 && out_of_budget()) return false;
      expand(i);
    }
    finding_.configurations += next_.size();
    now_.clear();
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (next_[i].beaten || !(next_.bits(i)[slot / 64] & bit(slot))) continue;
      now_.add(std::move(next_[i].state), next_.bits(i), std::move(next_[i].spent), next_[i].trail);
    }
    return now_.size() > 0;
  }

  void expand(std::size_t i) {
    const typename M::State from = next_[i].state;
    std::uint32_t taken_kind = none;  // The first of each kind that is still to come.
    for (const Open& open : open_) {
      if (next_.bits(i)[open.slot / 64] & bit(open.slot)) continue;
      if (open.kind == taken_kind) continue;
      taken_kind = open.kind;
      typename M::State state = from;
      if (!same_answer<M>(M::apply(state, calls_[open.id].input), calls_[open.id].output)) continue;
      child(i, std::move(state), open.slot, open.id, none);
    }
    for (std::uint32_t kind = 0; kind < unknown_.size(); ++kind) {
      const std::uint32_t spent = unknown_[kind].spent + next_[i].spent.of(kind);
      if (spent >= unknown_[kind].calls.size()) continue;
      const CallId id = unknown_[kind].calls[spent];
      typename M::State state = from;
      const auto output = M::apply(state, calls_[id].input);
      if (state == from || open_twin(i, calls_[id].input, output)) continue;
      child(i, std::move(state), none, id, kind);
    }
  }

  // A known open call that would do the same here: it goes first, since it must
  // happen anyway and the unknown one can take its place later.
  bool open_twin(std::size_t i, const typename M::Input& input,
                 const typename M::Output& output) const {
    for (const Open& open : open_)
      if (!(next_.bits(i)[open.slot / 64] & bit(open.slot)) && calls_[open.id].input == input &&
          calls_[open.id].output == output)
        return true;
    return false;
  }

  void child(std::size_t i, typename M::State state, std::uint32_t slot, CallId id,
             std::uint32_t kind) {
    std::copy_n(next_.bits(i), words_, scratch_.data());
    if (slot != none) scratch_[slot / 64] |= bit(slot);
    Spent spent = next_[i].spent;
    if (kind != none) spent.add(kind);
    std::uint32_t trail = trail_.add(next_[i].trail, id);
    for (std::size_t word = 0; word < words_; ++word) {
      for (std::uint64_t rest = pure_[word] & ~scratch_[word]; rest; rest &= rest - 1) {
        const auto at = static_cast<std::uint32_t>(word * 64) +
                        static_cast<std::uint32_t>(__builtin_ctzll(rest));
        if (!fits(state, calls_[slots_[at]])) continue;
        scratch_[word] |= bit(at);
        trail = trail_.add(trail, slots_[at]);
      }
    }
    const std::size_t hash = M::hash(state);
    next_.insert(hash, std::move(state), scratch_.data(), std::move(spent), trail);
  }

  static bool fits(const typename M::State& state, const Call<M>& call) {
    typename M::State copy = state;
    return same_answer<M>(M::apply(copy, call.input), call.output);
  }

  // What every configuration has spent is spent for good.
  void settle_spent() {
    if (now_[0].spent.empty()) return;
    Spent common = now_[0].spent;
    for (std::size_t i = 1; i < now_.size() && !common.empty(); ++i) common.meet(now_[i].spent);
    if (common.empty()) return;
    for (std::size_t i = 0; i < now_.size(); ++i) now_[i].spent.subtract(common);
    for (const auto& [kind, count] : common.counts()) unknown_[kind].spent += count;
  }

  void compact_trail() {
    std::vector<std::uint32_t*> roots;
    for (std::size_t i = 0; i < now_.size(); ++i) roots.push_back(&now_[i].trail);
    trail_.keep(roots);
  }

  std::uint32_t kind_of(const Call<M>& call) {
    const std::size_t hash = M::hash(call.input);
    const auto [first, last] = kinds_.equal_range(hash);
    for (auto it = first; it != last; ++it) {
      const Call<M>& other = calls_[it->second.first];
      if (other.input == call.input && other.known() == call.known() &&
          (!call.known() || other.output == call.output))
        return it->second.second;
    }
    const auto id = static_cast<CallId>(&call - calls_.data());
    return kinds_.emplace(hash, std::pair(id, static_cast<std::uint32_t>(kinds_.size())))
        ->second.second;
  }

  bool out_of_budget() {
    over_ = budget_.over(now_.bytes() + next_.bytes() + trail_.bytes());
    return over_ != nullptr;
  }
  Finding stopped(Position at) {
    finding_.answer = Answer::unknown;
    finding_.cause = over_;
    finding_.reached = at;
    return std::move(finding_);
  }

  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  static std::uint64_t bit(std::uint32_t slot) { return std::uint64_t{1} << (slot % 64); }

  const std::vector<Call<M>> calls_;
  const Budget& budget_;
  std::vector<std::uint32_t> events_;  // By position: call * 2, + 1 for its return.
  std::size_t words_ = 0;              // Of a set of slots.
  std::vector<std::uint64_t> zeros_, scratch_, pure_;
  std::vector<CallId> slots_;  // The open call in each slot.
  std::vector<std::uint32_t> free_, slot_of_;
  std::vector<Open> open_;
  std::vector<Unknown> unknown_;
  std::vector<std::uint32_t> unknown_at_;  // By kind: into unknown_.
  std::unordered_multimap<std::size_t, std::pair<CallId, std::uint32_t>> kinds_;
  Pool now_, next_;
  Trail trail_;
  Finding finding_;
  const char* over_ = nullptr;
  std::uint64_t steps_ = 0;
};

}  // namespace clew
