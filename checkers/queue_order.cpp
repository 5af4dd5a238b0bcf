#include "checkers/queue_order.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace clew {
namespace {

constexpr CallId nobody = static_cast<CallId>(-1);

// One value from its enqueue to its dequeue. A call takes effect in a gap: gap g
// lies between the positions g and g + 1, so a call may take those from its
// invocation to just before its return.
struct Element {
  CallId in = nobody, out = nobody;
  Position in_first = 0, in_last = 0;    // Gaps in which it may be enqueued.
  Position out_first = 0, out_last = 0;  // Dequeued; never: it stays.
  Position entered = 0, left = 0;        // The gaps that were chosen.

  bool stays() const { return out == nobody; }
};

class QueueOrder {
 public:
  explicit QueueOrder(const std::vector<QueueCall>& calls) : calls_(calls) {}

  Finding decide() {
    if (!collect()) return std::move(finding_);
    if (!line_up()) return std::move(finding_);
    if (!choose_gaps()) return {};
    if (!place_empties()) return std::move(finding_);
    write_order();
    return std::move(finding_);
  }

 private:
  Finding& invalid(std::vector<CallId> suspects) {
    finding_.answer = Answer::invalid;
    finding_.suspects = std::move(suspects);
    return finding_;
  }

  // Pairs enqueues with dequeues. False: it is decided.
  bool collect() {
    std::vector<Element> by_value;
    const auto element = [&](Atom value) -> Element& {
      if (value >= by_value.size()) by_value.resize(value + 1);
      return by_value[value];
    };
    for (CallId id = 0; id < calls_.size(); ++id) {
      const QueueCall& call = calls_[id];
      if (call.known()) end_ = std::max(end_, call.ret);
      end_ = std::max(end_, call.inv);
      if (!call.enqueue) continue;
      if (element(call.value).in != nobody) return false;  // Not unique: not applicable.
      element(call.value).in = id;
    }
    ++end_;
    for (CallId id = 0; id < calls_.size(); ++id) {
      const QueueCall& call = calls_[id];
      if (call.enqueue) continue;
      if (!call.known()) {
        some_unknown_ = true;
      } else if (call.value == nil_atom) {
        empties_.push_back(id);
      } else if (!pair(element(call.value), id)) {
        return false;
      }
    }
    for (Element& e : by_value) {
      // Nobody saw it: without it all others fit at least as well.
      if (e.in == nobody || (e.stays() && !calls_[e.in].known())) continue;
      finish(e);
      elements_.push_back(e);
    }
    return true;
  }

  bool pair(Element& e, CallId out) {
    const bool twice = e.out != nobody;
    if (twice || e.in == nobody || calls_[out].ret < calls_[e.in].inv) {
      invalid(twice ? std::vector{e.out, out} : std::vector{out});
      return false;
    }
    e.out = out;
    return true;
  }

  void finish(Element& e) const {
    const QueueCall& in = calls_[e.in];
    e.in_first = in.inv;
    e.in_last = in.known() ? in.ret - 1 : never;
    e.out_first = e.out_last = never;
    if (e.stays()) return;
    e.out_first = std::max(calls_[e.out].inv, in.inv);
    e.out_last = calls_[e.out].ret - 1;
    e.in_last = std::min(e.in_last, e.out_last);
  }

  // Puts the elements into an order in which they can both enter and leave: next
  // comes one that has to follow none of the others. If there is none, then the
  // one that must enter first and the one that must leave first exclude each
  // other: each has to be before the other.
  bool line_up() {
    const auto n = elements_.size();
    std::vector<std::uint32_t> by_in(n), by_out(n);
    for (std::uint32_t i = 0; i < n; ++i) by_in[i] = by_out[i] = i;
    const auto& e = elements_;
    std::vector<std::uint32_t> in_ends(by_in), out_ends(by_in);
    std::sort(by_in.begin(), by_in.end(),
              [&](auto a, auto b) { return e[a].in_first < e[b].in_first; });
    std::sort(by_out.begin(), by_out.end(),
              [&](auto a, auto b) { return e[a].out_first < e[b].out_first; });
    std::sort(in_ends.begin(), in_ends.end(),
              [&](auto a, auto b) { return e[a].in_last < e[b].in_last; });
    std::sort(out_ends.begin(), out_ends.end(),
              [&](auto a, auto b) { return e[a].out_last < e[b].out_last; });
    std::vector<std::uint8_t> may(n, 0), done(n, 0);  // may: bit 0 enter, bit 1 leave.
    using Entry = std::pair<Position, std::uint32_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    std::size_t next_in = 0, next_out = 0, first_in = 0, first_out = 0;
    const auto allow = [&](std::uint32_t i, std::uint8_t bit) {
      may[i] |= bit;
      if (may[i] == 3) ready.emplace(e[i].in_last, i);
    };
    while (line_.size() < n) {
      while (done[in_ends[first_in]]) ++first_in;
      while (done[out_ends[first_out]]) ++first_out;
      const Element& enters = e[in_ends[first_in]];
      const Element& leaves = e[out_ends[first_out]];
      while (next_in < n && e[by_in[next_in]].in_first <= enters.in_last)
        allow(by_in[next_in++], 1);
      while (next_out < n && e[by_out[next_out]].out_first <= leaves.out_last)
        allow(by_out[next_out++], 2);
      if (ready.empty()) {
        if (enters.stays() && some_unknown_) return false;
        invalid({enters.in, leaves.out});
        return false;
      }
      const std::uint32_t next = ready.top().second;
      ready.pop();
      done[next] = 1;
      line_.push_back(next);
    }
    return true;
  }

  // Enters as late and leaves as early as can be, so that the queue is empty for long.
  bool choose_gaps() {
    Position bound = never;
    for (std::size_t i = line_.size(); i-- > 0;) {
      Element& e = elements_[line_[i]];
      bound = e.entered = std::min(bound, e.in_last);
      if (e.entered < e.in_first) return false;
    }
    bound = 0;
    for (const std::uint32_t i : line_) {
      Element& e = elements_[i];
      bound = e.left = std::max({bound, e.out_first, e.entered});
      if (e.left > e.out_last) return false;
    }
    return true;
  }

  // Where an element is in the queue from before the gap until after it.
  template <class From, class To>
  std::vector<std::uint8_t> occupied(const From& from, const To& to) const {
    std::vector<std::int32_t> change(static_cast<std::size_t>(end_) + 2, 0);
    for (const Element& e : elements_) {
      const Position begin = from(e) + 1, end = std::min(to(e), end_);
      if (begin >= end) continue;
      ++change[static_cast<std::size_t>(begin)];
      --change[static_cast<std::size_t>(end)];
    }
    std::vector<std::uint8_t> out(change.size(), 0);
    std::int32_t now = 0;
    for (std::size_t gap = 0; gap < change.size(); ++gap) {
      now += change[gap];
      out[gap] = now > 0;
    }
    return out;
  }
  // The first free gap at or after `from`; never if there is none before `end`.
  static Position free_gap(const std::vector<Position>& next_free, Position from, Position end) {
    const Position gap = next_free[static_cast<std::size_t>(from)];
    return gap < end ? gap : never;
  }
  static std::vector<Position> next_free(const std::vector<std::uint8_t>& taken) {
    std::vector<Position> next(taken.size() + 1, never);
    for (std::size_t gap = taken.size(); gap-- > 0;)
      next[gap] = taken[gap] ? next[gap + 1] : static_cast<Position>(gap);
    return next;
  }

  // Finds each empty answer a moment at which the queue is empty.
  bool place_empties() {
    if (empties_.empty()) return true;
    const auto chosen = next_free(occupied([](const Element& e) { return e.entered; },
                                           [](const Element& e) { return e.left; }));
    for (const CallId id : empties_) {
      const Position gap = free_gap(chosen, calls_[id].inv, calls_[id].ret);
      if (gap == never) {
        not_empty(id);
        return false;
      }
      empty_at_.emplace_back(gap, id);
    }
    std::sort(empty_at_.begin(), empty_at_.end());
    return true;
  }

  // Proves that the queue cannot have been empty: in each gap of the call there is
  // an element that must have been in it. If that is no proof, it is not applicable.
  void not_empty(CallId id) {
    std::vector<std::uint32_t> by_start(elements_.size());
    for (std::uint32_t i = 0; i < by_start.size(); ++i) by_start[i] = i;
    std::sort(by_start.begin(), by_start.end(),
              [&](auto a, auto b) { return elements_[a].in_last < elements_[b].in_last; });
    std::vector<CallId> cover{id};
    Position gap = calls_[id].inv;
    std::size_t next = 0;
    while (gap < calls_[id].ret) {
      const Element* longest = nullptr;
      for (; next < by_start.size() && elements_[by_start[next]].in_last < gap; ++next) {
        const Element& e = elements_[by_start[next]];
        if (!best_ || e.out_first > best_->out_first) best_ = &e;
      }
      longest = best_;
      if (!longest || longest->out_first <= gap) return;
      if (longest->stays() && some_unknown_) return;
      cover.push_back(longest->in);
      gap = longest->out_first;
    }
    invalid(std::move(cover));
  }

  // In each gap: those leave that were there before, others pass through, it is
  // empty, others enter.
  void write_order() {
    struct Move {
      Position gap;
      std::uint8_t phase;
      std::uint32_t rank;
      CallId id;
      bool operator<(const Move& other) const {
        return std::tie(gap, phase, rank) < std::tie(other.gap, other.phase, other.rank);
      }
    };
    std::vector<Move> moves;
    std::uint32_t rank = 0;
    for (const std::uint32_t i : line_) {
      const Element& e = elements_[i];
      const bool passes = e.entered == e.left;
      moves.push_back({e.entered, static_cast<std::uint8_t>(passes ? 1 : 3), rank++, e.in});
      if (!e.stays())
        moves.push_back({e.left, static_cast<std::uint8_t>(passes ? 1 : 0), rank++, e.out});
    }
    for (const auto& [gap, id] : empty_at_) moves.push_back({gap, 2, rank++, id});
    std::sort(moves.begin(), moves.end());
    finding_.answer = Answer::valid;
    for (const Move& move : moves) finding_.order.push_back(move.id);
  }

  const std::vector<QueueCall>& calls_;
  std::vector<Element> elements_;
  std::vector<CallId> empties_;
  std::vector<std::uint32_t> line_;  // Elements in the order of the queue.
  std::vector<std::pair<Position, CallId>> empty_at_;
  const Element* best_ = nullptr;
  Position end_ = 0;  // After all events.
  bool some_unknown_ = false;
  Finding finding_;
};

}  // namespace

Finding decide_queue(const std::vector<QueueCall>& calls) { return QueueOrder(calls).decide(); }

}  // namespace clew
