#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "checkers/call.h"
#include "checkers/look_ahead.h"
#include "checkers/trail.h"

namespace clew {

// A set of slots, each of which holds one open call.
template <unsigned Words>
struct SlotSet {
  std::array<std::uint64_t, Words> words{};

  bool has(std::uint32_t slot) const { return (words[slot / 64] >> (slot % 64)) & 1; }
  void add(std::uint32_t slot) { words[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void remove(std::uint32_t slot) { words[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }
  bool empty() const {
    std::uint64_t any = 0;
    for (const std::uint64_t word : words) any |= word;
    return any == 0;
  }
  SlotSet operator|(const SlotSet& o) const {
    return merge(o, [](auto a, auto b) { return a | b; });
  }
  SlotSet operator&(const SlotSet& o) const {
    return merge(o, [](auto a, auto b) { return a & b; });
  }
  SlotSet operator^(const SlotSet& o) const {
    return merge(o, [](auto a, auto b) { return a ^ b; });
  }
  // Less the slots of `o`.
  SlotSet operator-(const SlotSet& o) const {
    return merge(o, [](auto a, auto b) { return a & ~b; });
  }
  bool operator==(const SlotSet& o) const {  // That of arrays calls memcmp.
    std::uint64_t differ = 0;
    for (unsigned i = 0; i < Words; ++i) differ |= words[i] ^ o.words[i];
    return differ == 0;
  }

  template <class Visit>
  void each(const Visit& visit) const {
    for (unsigned i = 0; i < Words; ++i)
      for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1)
        visit(i * 64 + static_cast<std::uint32_t>(__builtin_ctzll(rest)));
  }

 private:
  template <class Op>
  SlotSet merge(const SlotSet& o, const Op& op) const {
    SlotSet out;
    for (unsigned i = 0; i < Words; ++i) out.words[i] = op(words[i], o.words[i]);
    return out;
  }
};

// One way in which a register explains all that was seen so far.
template <unsigned Words>
struct LazyConfig {
  SlotSet<Words> done{};  // Open calls that took effect and were seen, or saw.
  SlotSet<Words> free{};  // Open writes that can hide in the past.
  Atom value = nil_atom;
  std::uint32_t spent = 0;  // Into a SpentTable.
  std::uint32_t trail = Trail::none;
  // The last step was a write for the sake of a cas that is still to come.
  bool bare = false;
};

// Of its value and the open cas that are done: where they differ, none is better.
template <unsigned Words>
std::size_t lazy_hash(Atom value, const SlotSet<Words>& swapped) {
  std::uint64_t hash = value * 0x9e3779b97f4a7c15ULL;
  for (const std::uint64_t word : swapped.words)
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL, hash ^= hash >> 32;
  return static_cast<std::size_t>(hash);
}

// The calls of a register that are open or of unknown outcome, by what they ask for.
// The same for all configurations of a moment: it changes only between events.
template <unsigned Words>
struct LazyCalls {
  using Set = SlotSet<Words>;
  using Config = LazyConfig<Words>;
  static constexpr std::uint32_t max_open = Words * 64;
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

  // A value that an open or unknown call names.
  struct Live {
    Set reads{}, writes{}, swaps{}, refusals{};  // Swaps: from this value.
    std::uint32_t users = 0;
    std::uint32_t unknown_write = none;         // Into `kinds`.
    std::vector<std::uint32_t> unknown_from{};  // Unknown cas, into `kinds`.
    std::vector<std::uint32_t> unknown_to{};
    Atom atom = nil_atom;
    std::uint64_t marked = 0;  // When it was last worth holding.
  };

  // Unknown calls that ask for the same thing.
  struct Kind {
    RegisterAct call{};
    std::vector<CallId> calls{};
    std::uint32_t spent = 0;  // In every configuration.
  };

  struct Open {
    RegisterAct call{};
    Moment ret = 0;
    Ahead ahead{};
    CallId id = 0;
    std::uint32_t from = 0, to = 0;  // Into `live`.

    // The value by which it is found there: written, or else seen or swapped away.
    std::uint32_t named() const { return call.act == Act::write ? to : from; }
  };

  LazyCalls() {
    live.reserve(16);
    live.resize(1);
    for (std::uint32_t slot = max_open; slot-- > 0;) vacant.push_back(slot);
  }

  // Returns its slot.
  std::uint32_t open(CallId id, const RegisterAct& act, Moment ret, const Ahead& ahead);
  void open_unknown(CallId id, const RegisterAct& act);
  // The call in `slot` is no longer there for others to use; forgotten twice is fine.
  void forget(std::uint32_t slot);
  // The slot is free for another call.
  void close(std::uint32_t slot);
  // Marks the values that are worth holding before the call in `slot` returns: somebody
  // reads or swaps them, or they lead there by unknown cas.
  void mark_wanted(std::uint32_t slot);

  std::uint32_t live_of(Atom atom) const { return atom < live_at.size() ? live_at[atom] : 0; }
  bool is_wanted(std::uint32_t at) const { return live[at].marked == stamp; }
  // Of the slots in `set`, the one that returns first.
  std::uint32_t first_to_return(const Set& set) const {
    std::uint32_t best = none;
    set.each([&](std::uint32_t slot) {
      if (best == none || slots[slot].ret < slots[best].ret) best = slot;
    });
    return best;
  }
  // Marks the values that calls name; `marks` covers all.
  void mark_named(std::vector<std::uint8_t>& marks) const {
    for (std::size_t at = 1; at < live.size(); ++at)
      if (live[at].users > 0) marks[live[at].atom] = 1;
  }
  void mark_unknown(std::vector<std::uint8_t>& written, std::vector<std::uint8_t>& swapped) const;

  // Reads and refused cas see what they can at once: waiting gains nothing.
  void look(Config& config, const Live& at) const {
    config.done = config.done | at.reads | (refusals - at.refusals);
    config.free = config.free | (at.writes - config.done);
  }

  std::size_t hash(const Config& config) const {
    return lazy_hash(config.value, config.done & swaps);
  }

  std::array<Open, max_open> slots{};
  std::vector<std::uint32_t> vacant;
  Set reads{}, writes{}, swaps{}, refusals{};
  std::vector<Live> live;              // 0: a value that nobody names.
  std::vector<std::uint32_t> live_at;  // By atom.
  std::vector<std::uint32_t> live_free;
  std::vector<std::uint32_t> read_now;  // Values with open reads, into `live`.
  std::vector<Kind> kinds;
  std::size_t unknown_swaps = 0;
  std::vector<std::uint32_t> wanted;  // Into `live`.
  std::uint64_t stamp = 0;

 private:
  // The slots of such calls: of all, or of those that name a value.
  template <class Holder>
  static Set& those(Holder& holder, Act act) {
    switch (act) {
      case Act::read: return holder.reads;
      case Act::write: return holder.writes;
      case Act::cas: return holder.swaps;
      case Act::refused: break;
    }
    return holder.refusals;
  }
  std::uint32_t use(Atom atom);
  void drop(std::uint32_t at);
};

}  // namespace clew
