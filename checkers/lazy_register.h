#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "checkers/engine.h"
#include "checkers/frontier_pool.h"
#include "checkers/lazy_pool.h"
#include "checkers/look_ahead.h"
#include "checkers/spent.h"

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
  bool operator==(const SlotSet&) const = default;

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

// Judges a register in the order of time, and writes as late as it can: a write
// takes effect when somebody must see its value, or at its own return if it has
// not been *free* until then. It is free once, since it was invoked, the register
// held its value or another write took effect: it can hide there. Without this,
// any set of open writes in any order would have to be kept in mind.
//
// Push calls in order of their events: open() at the invocation, close() at the
// return. A configuration is (value, open calls that took effect, free writes,
// unknown calls spent). checkers/README.md says why nothing is lost.
template <unsigned Words>
class LazyRegister {
 public:
  static constexpr std::uint32_t max_open = Words * 64;
  static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

  // `width`: at most so many configurations are kept; see complete(). `ordered`: the
  // order will be asked for, which takes memory for every write.
  explicit LazyRegister(const Budget& budget, std::size_t width = no_limit, bool ordered = true)
      : budget_(budget), width_(width), ordered_(ordered) {
    live_.reserve(16);
    live_.resize(1);
    for (std::uint32_t slot = max_open; slot-- > 0;) vacant_.push_back(slot);
    now_.push_back(Config{});
  }

  // What is left where no known call is open.
  struct Snapshot {
    struct Unknown {
      RegisterAct act{};
      std::uint32_t count = 0;
    };
    struct Held {
      Atom value = nil_atom;
      std::vector<SpentTable::Count> spent{};  // Of `unknown`.
    };
    std::vector<Unknown> unknown{};
    std::vector<Held> held{Held{}};
    bool complete = true;
  };
  LazyRegister(const Budget& budget, std::size_t width, const Snapshot& from, bool ordered);
  Snapshot save() const;

  // A call is invoked. At most max_open known calls may be open at a time. Returns
  // the slot that a known one is in until it is closed. `ret`: when it will return,
  // and `ahead`, all counted alike.
  std::uint32_t open(CallId id, const RegisterAct& act, Moment ret, const Ahead& ahead = {});
  void open_unknown(CallId id, const RegisterAct& act);
  // More is known by now of what lies ahead.
  void look(std::uint32_t slot, const Ahead& ahead) {
    Ahead& known = slots_[slot].ahead;
    known = {std::max(known.must, ahead.must), std::min(known.last, ahead.last)};
  }

  // The known call in `slot` returns. False: no configuration lets it take effect
  // in time or, if over() says so, the budget ran out.
  bool close(std::uint32_t slot);

  const char* over() const { return over_; }
  // Nothing was left out for the width's sake: a refusal means that there is no order.
  bool complete() const { return complete_; }
  std::uint64_t explored() const { return explored_; }
  // Writes and cas that took effect to be seen, in order, on the way to one of
  // the configurations.
  std::vector<CallId> order() const { return trail_.path(now_.front().trail); }
  std::size_t configurations() const { return now_.size(); }
  // Marks the values that are still held or named by anybody; `live` covers all.
  void mark_live(std::vector<std::uint8_t>& live) const {
    for (std::size_t at = 1; at < live_.size(); ++at)
      if (live_[at].users > 0) live[live_[at].atom] = 1;
    for (const Config& config : now_) live[config.value] = 1;
  }
  // Marks the values that calls of unknown outcome may still write, and swap away.
  // Both grow as need be.
  void mark_unknown(std::vector<std::uint8_t>& written, std::vector<std::uint8_t>& swapped) const {
    const auto mark = [](std::vector<std::uint8_t>& marks, Atom atom) {
      if (atom >= marks.size()) marks.resize(atom + 1);
      marks[atom] = 1;
    };
    for (const Kind& kind : kinds_) {
      if (kind.spent >= kind.calls.size()) continue;
      mark(written, kind.call.to);
      if (kind.call.act == Act::cas) mark(swapped, kind.call.from);
    }
  }
  bool idle() const { return vacant_.size() == max_open; }
  std::size_t bytes() const {
    return now_.capacity() * sizeof(Config) + work_.bytes() + results_.bytes() + trail_.bytes() +
           live_.capacity() * sizeof(Live) + spent_.bytes();
  }

 private:
  using Set = SlotSet<Words>;
  static constexpr std::size_t few_detours = 3;  // All subsets of these are tried at any width.
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

  struct Config {
    Set done{};  // Open calls that took effect and were seen, or saw.
    Set free{};  // Open writes that can hide in the past.
    Atom value = nil_atom;
    std::uint32_t spent = 0;  // Into spent_.
    std::uint32_t trail = Trail::none;
    // The last step was a write for the sake of a cas that is still to come.
    bool bare = false;
  };

  // A value that an open or unknown call names.
  struct Live {
    Set reads{}, writes{}, swaps{}, refusals{};  // Swaps: from this value.
    std::uint32_t users = 0;
    std::uint32_t unknown_write = none;         // Into kinds_.
    std::vector<std::uint32_t> unknown_from{};  // Unknown cas, into kinds_.
    std::vector<std::uint32_t> unknown_to{};
    Atom atom = nil_atom;
    std::uint64_t wanted = 0;  // When it was last marked so.
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
    std::uint32_t from = 0, to = 0;  // Into live_.
  };

  std::uint32_t live_of(Atom atom) const { return atom < live_at_.size() ? live_at_[atom] : 0; }
  std::uint32_t use(Atom atom);
  void drop(std::uint32_t at);
  // Reads and refused cas see what they can at once: waiting gains nothing.
  void look(Config& config, const Live& live) const {
    config.done = config.done | live.reads | (refusals_ - live.refusals);
    config.free = config.free | (live.writes - config.done);
  }
  void hold(Config& config, Atom value, CallId id) {
    config.value = value;
    if (ordered_) config.trail = trail_.add(config.trail, id);
  }
  // A write takes effect: all others that are open can hide right before it.
  void flip(Config& config, const Live& live, CallId id) {
    hold(config, live.atom, id);
    config.free = config.free | (writes_ - config.done);
    config.bare = false;
    look(config, live);
  }
  void swap(Config& config, const Live& to, CallId id) {
    hold(config, to.atom, id);
    config.bare = false;
    look(config, to);
  }

  // Of the slots in `set`, the one that returns first.
  std::uint32_t first_to_return(const Set& set) const {
    std::uint32_t best = none;
    set.each([&](std::uint32_t slot) {
      if (best == none || slots_[slot].ret < slots_[best].ret) best = slot;
    });
    return best;
  }
  bool unspent(std::uint32_t kind, const Config& config) const {
    return kind != none &&
           kinds_[kind].spent + spent_.of(config.spent, kind) < kinds_[kind].calls.size();
  }
  CallId next_of(std::uint32_t kind, const Config& config) const {
    return kinds_[kind].calls[kinds_[kind].spent + spent_.of(config.spent, kind)];
  }

  // Lets a write of the value take effect: a known one if there is one, since it
  // must happen anyway. False: there is none.
  bool write(Config& config, const Live& live) {
    const std::uint32_t slot = first_to_return(live.writes - config.done);
    if (slot != none) {
      config.done.add(slot);
      flip(config, live, slots_[slot].id);
      return true;
    }
    if (!unspent(live.unknown_write, config)) return false;
    const CallId id = next_of(live.unknown_write, config);
    config.spent = spent_.add(config.spent, live.unknown_write);
    flip(config, live, id);
    return true;
  }
  bool can_write(const Config& config, const Live& live) const {
    return !(live.writes - config.done).empty() || unspent(live.unknown_write, config);
  }
  // What the future says of holding the value for a moment only.
  enum class Visit : std::uint8_t { impossible, possible, free };
  Visit visit(const Config& config, const Live& live, Moment now) const {
    const std::uint32_t slot = first_to_return(live.writes - config.done);
    if (slot == none)
      return unspent(live.unknown_write, config) ? Visit::possible : Visit::impossible;
    if (slots_[slot].ahead.must > now) return Visit::impossible;
    return slots_[slot].ahead.last < now ? Visit::free : Visit::possible;
  }
  void visit_for_free(Config& config, std::uint32_t goal, Moment now);

  void forget(std::uint32_t slot);
  bool extend(std::uint32_t slot);
  void narrow();
  void without_swaps(const Config& config, std::uint32_t slot);
  void land(Config config, std::uint32_t slot);
  void detour(const Config& config, std::uint32_t slot, std::size_t from);
  void with_swaps(const Config& config, std::uint32_t slot);
  void mark_wanted(std::uint32_t slot);
  bool leads_on(const Config& config, const Live& live, std::uint32_t slot) const;

  // One more configuration in which the call that returns has taken effect.
  void result(Config config, std::uint32_t slot) {
    ++explored_;
    config.done.remove(slot);
    config.free.remove(slot);
    keep(results_, config);
  }
  void more_work(const Config& config) {
    ++explored_;
    keep(work_, config);
  }

  std::size_t hash(const Config& config) const;
  bool beats(const Config& a, const Config& b) const;
  // Adds the configuration unless another one in the pool beats it.
  void keep(LazyPool<Config>& pool, const Config& config) {
    pool.keep(
        config, [this](const Config& c) { return hash(c); },
        [this](const Config& a, const Config& b) { return beats(a, b); });
  }
  void settle();
  bool out_of_budget();

  const Budget& budget_;
  std::size_t width_;
  bool ordered_;
  bool complete_ = true;
  const char* over_ = nullptr;
  std::uint64_t explored_ = 0, steps_ = 0, stamp_ = 0, settling_ = 0;

  std::array<Open, max_open> slots_{};
  std::vector<std::uint32_t> vacant_;
  Set reads_{}, writes_{}, swaps_{}, refusals_{};
  std::vector<Live> live_;              // 0: a value that nobody names.
  std::vector<std::uint32_t> live_at_;  // By atom.
  std::vector<std::uint32_t> live_free_;
  std::vector<std::uint32_t> read_now_;  // Values with open reads, into live_.
  std::vector<Kind> kinds_;
  std::size_t unknown_swaps_ = 0;
  SpentTable spent_;
  std::vector<Config> now_;
  LazyPool<Config> work_, results_;
  std::vector<std::uint32_t> detours_, wanted_;  // Values worth a visit, into live_.
  struct Ranked {
    std::uint32_t place = 0;  // Among those of the same value.
    int loss = 0;
    std::uint32_t at = 0;  // Into now_.
  };
  std::vector<Ranked> ranked_;
  Trail trail_;
};

}  // namespace clew
