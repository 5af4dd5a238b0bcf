#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/engine.h"
#include "checkers/lazy_calls.h"
#include "checkers/spent.h"
#include "checkers/trail.h"

namespace clew {

// What a configuration becomes on the way to the return of a call. Steps change
// nothing that they share, so that several can be taken at a time: each keeps what it
// found, and what it added to the trail and to the table, until somebody collects it.
template <unsigned Words>
class LazyStep {
 public:
  using Calls = LazyCalls<Words>;
  using Config = LazyConfig<Words>;
  static constexpr std::size_t most_portions = 8;

  // Used by all who take steps at the same time.
  struct Common {
    const Calls& calls;
    const Budget& budget;
    Trail& trail;
    SpentTable& spent;
    const bool ordered;        // The order will be asked for.
    const bool all_detours;    // Nothing may be left out.
    std::uint32_t slot = 0;    // Whose call returns.
    bool plain = false;        // No cas and no refusal could matter.
    std::size_t portions = 1;  // Of what is found, by hash; a power of two.
    std::size_t bytes = 0;     // In use before they started.
    std::atomic<std::size_t> more_bytes{0};
  };

  // `alone`: nobody else takes steps, so trail and table are written directly.
  LazyStep(Common& common, bool alone)
      : common_(common), calls_(common.calls), alone_(alone), spent_(common.spent) {}

  // Whether the call has taken effect in it already or may, and otherwise what is next.
  void start(const Config& config);
  // One step from a configuration that start() or advance() left in `work`.
  void advance(const Config& config);

  // Why to stop; what was found is not whole then.
  const char* over() const { return over_; }
  // Something was left out.
  bool narrow() const { return narrow_; }
  std::uint64_t take_explored() { return std::exchange(explored_, 0); }

  using Found = std::array<std::vector<Config>, most_portions>;
  Found results{};  // The call has taken effect in these.
  Found work{};

  // Which portion of what is found it belongs to.
  std::size_t portion(const Config& config) const {
    return common_.portions == 1 ? 0 : (calls_.hash(config) >> 48) & (common_.portions - 1);
  }

  // Brings what was found into the common trail and table; nobody else may at the time.
  void graft() {
    trail_base_ = common_.trail.graft(trail_);
    common_.spent.merge(spent_);
  }
  // What a configuration that was found is called there.
  Config grafted(Config config) const {
    config.trail = Trail::Branch::grafted(config.trail, trail_base_);
    config.spent = spent_.merged(config.spent);
    return config;
  }
  void clear();

 private:
  using Live = typename Calls::Live;
  using Open = typename Calls::Open;
  using Set = SlotSet<Words>;
  static constexpr std::uint32_t none = Calls::none;
  static constexpr std::size_t few_detours = 3;  // All subsets of these are tried at any width.

  std::uint32_t spent_of(const Config& config, std::uint32_t kind) const {
    return calls_.kinds[kind].spent +
           (alone_ ? common_.spent.of(config.spent, kind) : spent_.of(config.spent, kind));
  }
  bool unspent(std::uint32_t kind, const Config& config) const {
    return kind != none && spent_of(config, kind) < calls_.kinds[kind].calls.size();
  }
  // The next unknown call of the kind.
  CallId spend(std::uint32_t kind, Config& config) {
    const CallId id = calls_.kinds[kind].calls[spent_of(config, kind)];
    config.spent = alone_ ? common_.spent.add(config.spent, kind) : spent_.add(config.spent, kind);
    return id;
  }

  void hold(Config& config, Atom value, CallId id) {
    config.value = value;
    config.bare = false;
    if (!common_.ordered) return;
    config.trail = alone_ ? common_.trail.add(config.trail, id) : trail_.add(config.trail, id);
  }
  // A write takes effect: all others that are open can hide right before it.
  void flip(Config& config, const Live& live, CallId id) {
    hold(config, live.atom, id);
    config.free = config.free | (calls_.writes - config.done);
    calls_.look(config, live);
  }
  void swap(Config& config, const Live& to, CallId id) {
    hold(config, to.atom, id);
    calls_.look(config, to);
  }

  // Lets a write of the value take effect: a known one if there is one, since it
  // must happen anyway. False: there is none.
  bool write(Config& config, const Live& live) {
    const std::uint32_t slot = calls_.first_to_return(live.writes - config.done);
    if (slot != none) {
      config.done.add(slot);
      flip(config, live, calls_.slots[slot].id);
      return true;
    }
    if (!unspent(live.unknown_write, config)) return false;
    const CallId id = spend(live.unknown_write, config);
    flip(config, live, id);
    return true;
  }
  bool can_write(const Config& config, const Live& live) const {
    return !(live.writes - config.done).empty() || unspent(live.unknown_write, config);
  }
  // What the future says of holding the value for a moment only.
  enum class Visit : std::uint8_t { impossible, possible, free };
  Visit visit(const Config& config, const Live& live, Moment now) const {
    const std::uint32_t slot = calls_.first_to_return(live.writes - config.done);
    if (slot == none)
      return unspent(live.unknown_write, config) ? Visit::possible : Visit::impossible;
    const Ahead& ahead = calls_.slots[slot].ahead;
    if (ahead.must > now) return Visit::impossible;
    return ahead.last < now ? Visit::free : Visit::possible;
  }
  void visit_for_free(Config& config, std::uint32_t goal, Moment now);

  void without_swaps(const Config& config);
  void land(Config config);
  void detour(const Config& config, std::size_t from);
  void swap_here(const Config& config);
  void write_then(const Config& config);
  bool leads_on(const Config& config, const Live& live) const;

  const Open& goal() const { return calls_.slots[common_.slot]; }
  // One more configuration in which the call that returns has taken effect.
  void result(Config config) {
    ++explored_;
    config.done.remove(common_.slot);
    config.free.remove(common_.slot);
    results[portion(config)].push_back(config);
  }
  void more_work(const Config& config) {
    ++explored_;
    work[portion(config)].push_back(config);
  }
  void move_on(const Config& config) {
    if (config.done.has(common_.slot)) return result(config);
    more_work(config);
  }
  bool out_of_budget();

  Common& common_;
  const Calls& calls_;
  const bool alone_;
  SpentBranch spent_;
  Trail::Branch trail_;
  std::uint32_t trail_base_ = 0;
  std::vector<std::uint32_t> detours_;  // Values worth a visit, into live.
  const char* over_ = nullptr;
  bool narrow_ = false;
  std::uint64_t explored_ = 0, steps_ = 0;
  std::size_t told_bytes_ = 0;
};

}  // namespace clew
