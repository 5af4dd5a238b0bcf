#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "checkers/answer.h"
#include "checkers/budget.h"

namespace clew {

// The general engine: reads the calls in the order of time and keeps every
// configuration (state, which open calls have taken effect, how many unknown
// ones were spent) that explains all so far. When a call returns, configurations
// are extended just far enough that it has taken effect; then it is forgotten.
// (Lowe 2017, just-in-time linearization; as a frontier, not depth-first.)
//
// The frontier stays small because
//   - a pure call is taken as soon as it fits: it changes nothing for the others;
//   - unknown calls of one kind are counted, not told apart, oldest first;
//   - a configuration that spent fewer of them dominates one that is equal otherwise;
//   - of equal open calls the one that returns first goes first.
// No future is looked at, and no call is kept once it has returned, but for the
// witness: the order that proves a `valid`.
template <Model M>
class Frontier {
 public:
  Frontier(const std::vector<Call<M>>& calls, Budget& budget) : calls_(calls), budget_(budget) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      events_.push_back({calls[i].invoked, false, i});
      if (calls[i].known()) events_.push_back({calls[i].returned, true, i});
    }
    std::sort(events_.begin(), events_.end());
    slot_of_.assign(calls.size(), none);
  }

  Answer decide() {
    Answer answer{};
    Row first(stride(), 0);
    first[state_at] = number_of(M::initial());
    first[node_at] = no_node;
    front_.assign(first.begin(), first.end());
    for (const Event& event : events_) {
      if (!event.returns) {
        open(event.call);
      } else if (!close(event.call)) {
        answer.configurations = configurations_;
        if (!budget_.cause().empty()) return answer;  // unknown
        answer.kind = Answer::Kind::invalid;
        answer.stuck = event.call;
        return answer;
      }
    }
    answer.kind = Answer::Kind::valid;
    answer.configurations = configurations_;
    for (std::uint32_t node = front_[node_at]; node != no_node; node = nodes_[node].parent)
      answer.order.push_back(nodes_[node].call);
    std::reverse(answer.order.begin(), answer.order.end());
    return answer;
  }

 private:
  using Row = std::vector<std::uint32_t>;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  static constexpr std::uint32_t no_node = static_cast<std::uint32_t>(-1);
  // A row: state, witness, one bit an open call, one counter a kind of unknown call.
  static constexpr std::size_t state_at = 0;
  static constexpr std::size_t node_at = 1;
  static constexpr std::size_t bits_at = 2;

  struct Event {
    Nanos time{};
    bool returns = false;  // At equal times invocations come first.
    std::size_t call = 0;
    auto operator<=>(const Event&) const = default;
  };
  struct Node {
    std::uint32_t call = 0;
    std::uint32_t parent = 0;
  };
  struct Kind {
    typename M::Input input{};
    std::vector<std::size_t> calls{};  // By invocation: the oldest is spent first.
  };

  std::size_t stride() const { return bits_at + words_ + kinds_.size(); }
  std::size_t used_at(std::size_t kind) const { return bits_at + words_ + kind; }

  static bool has(const std::uint32_t* row, std::size_t slot) {
    return (row[bits_at + slot / 32] >> (slot % 32) & 1U) != 0;
  }
  static void set(std::uint32_t* row, std::size_t slot) {
    row[bits_at + slot / 32] |= 1U << (slot % 32);
  }
  static void clear(std::uint32_t* row, std::size_t slot) {
    row[bits_at + slot / 32] &= ~(1U << (slot % 32));
  }

  std::uint32_t number_of(const typename M::State& state) {
    auto& same_hash = state_numbers_[M::hash(state)];
    for (const std::uint32_t number : same_hash)
      if (states_[number] == state) return number;
    states_.push_back(state);
    same_hash.push_back(static_cast<std::uint32_t>(states_.size() - 1));
    return same_hash.back();
  }

  bool is_pure(std::size_t call) const {
    return M::pure(calls_[call].input, calls_[call].known() ? &*calls_[call].output : nullptr);
  }

  std::uint32_t remember(std::size_t call, std::uint32_t parent) {
    nodes_.push_back({static_cast<std::uint32_t>(call), parent});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  // Takes `slot` if its call fits the state; true if it did.
  bool take(std::uint32_t* row, std::size_t slot, bool pure_only) {
    const Call<M>& call = calls_[open_[slot]];
    if (pure_only != pure_[slot]) return false;
    typename M::State state = states_[row[state_at]];
    if (!(M::apply(state, call.input) == *call.output)) return false;
    row[state_at] = number_of(state);
    row[node_at] = remember(open_[slot], row[node_at]);
    set(row, slot);
    return true;
  }

  void take_pure(std::uint32_t* row) {
    for (std::size_t slot = 0; slot < open_.size(); ++slot)
      if (open_[slot] != none && pure_[slot] && !has(row, slot)) take(row, slot, true);
  }

  void open(std::size_t call) {
    if (!calls_[call].known()) {
      open_unknown(call);
      return;
    }
    std::size_t slot = 0;
    while (slot < open_.size() && open_[slot] != none) ++slot;
    if (slot == open_.size()) {
      open_.push_back(none);
      pure_.push_back(false);
    }
    if (slot / 32 >= words_) relayout(words_ + 1, kinds_.size());
    open_[slot] = call;
    pure_[slot] = is_pure(call);
    slot_of_[call] = slot;
    if (!pure_[slot]) return;
    for (std::size_t at = 0; at < front_.size(); at += stride()) take(&front_[at], slot, true);
  }

  void open_unknown(std::size_t call) {
    for (Kind& kind : kinds_) {
      if (!(kind.input == calls_[call].input)) continue;
      kind.calls.push_back(call);
      return;
    }
    relayout(words_, kinds_.size() + 1);
    kinds_.push_back({.input = calls_[call].input, .calls = {call}});
  }

  // Before kinds_ grows: more room in each row.
  void relayout(std::size_t words, std::size_t kinds) {
    const std::size_t before = stride();
    const std::size_t rows = front_.size() / before;
    const std::size_t after = bits_at + words + kinds;
    Row wider(rows * after, 0);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint32_t* from = &front_[r * before];
      std::uint32_t* to = &wider[r * after];
      std::copy(from, from + bits_at + words_, to);
      std::copy(from + bits_at + words_, from + before, to + bits_at + words);
    }
    front_ = std::move(wider);
    words_ = words;
  }

  // A set of rows in which no row is dominated by an earlier one.
  class Rows {
   public:
    explicit Rows(std::size_t stride, std::size_t used) : stride_(stride), used_(used) {}
    std::size_t size() const { return rows_.size() / stride_; }
    std::uint32_t* at(std::size_t r) { return &rows_[r * stride_]; }
    std::size_t bytes() const { return rows_.size() * sizeof(std::uint32_t) + size() * 64; }
    Row release() { return std::move(rows_); }

    bool insert(const Row& row) {
      auto& same = by_hash_[hash(row.data())];
      for (const std::size_t r : same)
        if (dominates(at(r), row.data())) return false;
      same.push_back(size());
      rows_.insert(rows_.end(), row.begin(), row.end());
      return true;
    }

   private:
    std::size_t hash(const std::uint32_t* row) const {
      std::uint64_t h = row[state_at] * 0x9e3779b97f4a7c15U;
      for (std::size_t i = bits_at; i < used_; ++i)
        h = (std::rotl(h, 23) ^ row[i]) * 0xbf58476d1ce4e5b9U;
      return h;
    }
    // Same state and same calls done, and not more unknown ones spent of any kind.
    bool dominates(const std::uint32_t* a, const std::uint32_t* b) const {
      if (a[state_at] != b[state_at] || !std::equal(a + bits_at, a + used_, b + bits_at))
        return false;
      for (std::size_t i = used_; i < stride_; ++i)
        if (a[i] > b[i]) return false;
      return true;
    }

    std::size_t stride_;
    std::size_t used_;
    Row rows_;
    std::unordered_map<std::size_t, std::vector<std::size_t>> by_hash_;
  };

  // Makes `call` take effect in every configuration, or drops those in which it cannot.
  bool close(std::size_t call) {
    const std::size_t slot = slot_of_[call];
    Rows rows(stride(), used_at(0));
    Row row(stride());
    for (std::size_t at = 0; at < front_.size(); at += stride()) {
      row.assign(front_.begin() + static_cast<std::ptrdiff_t>(at),
                 front_.begin() + static_cast<std::ptrdiff_t>(at + stride()));
      rows.insert(row);
    }
    find_twins();
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (has(rows.at(r), slot)) continue;
      if (!expand(rows, r)) return false;
    }
    keep(rows, slot);
    open_[slot] = none;
    slot_of_[call] = none;
    collect_garbage();
    return !front_.empty();
  }

  // For each open call the equal ones that return earlier.
  void find_twins() {
    twins_.assign(open_.size(), {});
    for (std::size_t a = 0; a < open_.size(); ++a) {
      if (open_[a] == none || pure_[a]) continue;
      const Call<M>& mine = calls_[open_[a]];
      for (std::size_t b = 0; b < open_.size(); ++b) {
        if (b == a || open_[b] == none || pure_[b]) continue;
        const Call<M>& other = calls_[open_[b]];
        if (other.input == mine.input && *other.output == *mine.output &&
            std::pair(other.returned, open_[b]) < std::pair(mine.returned, open_[a]))
          twins_[a].push_back(b);
      }
    }
  }

  // Adds every configuration that is one step behind rows.at(r).
  bool expand(Rows& rows, std::size_t r) {
    if (!budget_.allows(rows.bytes() + front_.size() * 4 + nodes_.size() * sizeof(Node)))
      return false;
    const Row from(rows.at(r), rows.at(r) + stride());
    Row row;
    const auto add = [&] {
      ++configurations_;
      take_pure(row.data());
      rows.insert(row);
    };
    for (std::size_t slot = 0; slot < open_.size(); ++slot) {
      if (open_[slot] == none || pure_[slot] || has(from.data(), slot)) continue;
      const auto waits = [&](std::size_t twin) { return !has(from.data(), twin); };
      if (std::any_of(twins_[slot].begin(), twins_[slot].end(), waits)) continue;
      row = from;
      if (take(row.data(), slot, false)) add();
    }
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      if (from[used_at(k)] == kinds_[k].calls.size() || open_twin_fits(from.data(), kinds_[k]))
        continue;
      typename M::State state = states_[from[state_at]];
      (void)M::apply(state, kinds_[k].input);
      if (state == states_[from[state_at]]) continue;  // To spend it for nothing is dominated.
      row = from;
      row[state_at] = number_of(state);
      row[node_at] = remember(kinds_[k].calls[from[used_at(k)]], from[node_at]);
      ++row[used_at(k)];
      add();
    }
    return true;
  }

  // An open call with a known answer does the same here, and must be done anyway.
  bool open_twin_fits(const std::uint32_t* row, const Kind& kind) const {
    for (std::size_t slot = 0; slot < open_.size(); ++slot) {
      if (open_[slot] == none || pure_[slot] || has(row, slot)) continue;
      const Call<M>& call = calls_[open_[slot]];
      if (!(call.input == kind.input)) continue;
      typename M::State state = states_[row[state_at]];
      if (M::apply(state, call.input) == *call.output) return true;
    }
    return false;
  }

  // The rows in which `slot` is done become the front, those that spent least first.
  void keep(Rows& rows, std::size_t slot) {
    std::vector<std::pair<std::uint64_t, std::size_t>> done;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (!has(rows.at(r), slot)) continue;
      clear(rows.at(r), slot);
      const std::uint32_t* row = rows.at(r);
      done.emplace_back(std::accumulate(row + used_at(0), row + stride(), std::uint64_t{0}), r);
    }
    std::sort(done.begin(), done.end());
    Rows kept(stride(), used_at(0));
    for (const auto& [spent, r] : done) kept.insert(Row(rows.at(r), rows.at(r) + stride()));
    front_ = kept.release();
  }

  // Orders that no configuration rests on any more make room.
  void collect_garbage() {
    if (nodes_.size() < garbage_at_) return;
    std::vector<std::uint32_t> moved(nodes_.size(), no_node);
    std::vector<bool> live(nodes_.size());
    for (std::size_t at = 0; at < front_.size(); at += stride())
      for (std::uint32_t n = front_[at + node_at]; n != no_node && !live[n]; n = nodes_[n].parent)
        live[n] = true;
    std::uint32_t next = 0;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {  // Parents come before their children.
      if (!live[n]) continue;
      const std::uint32_t parent = nodes_[n].parent;
      nodes_[next] = {nodes_[n].call, parent == no_node ? no_node : moved[parent]};
      moved[n] = next++;
    }
    nodes_.resize(next);
    for (std::size_t at = 0; at < front_.size(); at += stride())
      if (front_[at + node_at] != no_node) front_[at + node_at] = moved[front_[at + node_at]];
    garbage_at_ = std::max<std::size_t>(1U << 16, nodes_.size() * 2);
  }

  const std::vector<Call<M>>& calls_;
  Budget& budget_;
  std::vector<Event> events_;
  std::vector<std::size_t> open_;  // Slot -> call, or none.
  std::vector<bool> pure_;         // Of the call in the slot.
  std::vector<std::size_t> slot_of_;
  std::vector<std::vector<std::size_t>> twins_;
  std::vector<Kind> kinds_;
  std::size_t words_ = 1;
  Row front_;
  std::vector<Node> nodes_;
  std::size_t garbage_at_ = 1U << 16;
  std::vector<typename M::State> states_;
  std::unordered_map<std::size_t, std::vector<std::uint32_t>> state_numbers_;
  std::uint64_t configurations_ = 0;
};

}  // namespace clew
