#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "checkers/engine.h"
#include "checkers/lazy_calls.h"
#include "checkers/lazy_pool.h"
#include "checkers/lazy_step.h"
#include "checkers/look_ahead.h"
#include "checkers/spent.h"
#include "checkers/trail.h"

namespace clew {

// Judges a register in the order of time, and writes as late as it can: a write
// takes effect when somebody must see its value, or at its own return if it has
// not been *free* until then. It is free once, since it was invoked, the register
// held its value or another write took effect: it can hide there. Without this,
// any set of open writes in any order would have to be kept in mind.
//
// Push calls in order of their events: open() at the invocation, close() at the
// return. A configuration is (value, open calls that took effect, free writes,
// unknown calls spent). checkers/README.md says why nothing is lost. Where they are
// many, the crew of the budget shares the work; what is found does not depend on it.
template <unsigned Words>
class LazyRegister {
 public:
  static constexpr std::uint32_t max_open = Words * 64;
  static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

  // `width`: at most so many configurations are kept; see complete(). `ordered`: the
  // order will be asked for, which takes memory for every write.
  explicit LazyRegister(const Budget& budget, std::size_t width = no_limit, bool ordered = true)
      : budget_(budget),
        width_(width),
        common_{calls_, budget, trail_, spent_, ordered, width == no_limit},
        alone_(common_, true) {
    now_.push_back(Config{});
  }
  LazyRegister(const LazyRegister&) = delete;
  LazyRegister& operator=(const LazyRegister&) = delete;

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
  void open_unknown(CallId id, const RegisterAct& act) {
    if (act.mutates()) calls_.open_unknown(id, act);
  }
  // More is known by now of what lies ahead.
  void look(std::uint32_t slot, const Ahead& ahead) {
    Ahead& known = calls_.slots[slot].ahead;
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
    calls_.mark_named(live);
    for (const Config& config : now_) live[config.value] = 1;
  }
  // Marks the values that calls of unknown outcome may still write, and swap away.
  // Both grow as need be.
  void mark_unknown(std::vector<std::uint8_t>& written, std::vector<std::uint8_t>& swapped) const {
    calls_.mark_unknown(written, swapped);
  }
  bool idle() const { return calls_.vacant.size() == max_open; }
  std::size_t bytes() const;

 private:
  using Config = LazyConfig<Words>;
  using Step = LazyStep<Words>;
  using Pool = LazyPool<Words>;
  using Pools = std::array<Pool, Step::most_portions>;
  using Take = void (Step::*)(const Config&);

  bool extend(std::uint32_t slot);
  void take_all(const std::vector<Config>& from, Take take);
  void take_one(const Config& config, Take take);
  void take_together(const Config* from, std::size_t count, Take take);
  const char* collect(std::size_t portion, std::size_t parts);
  void divide();
  std::size_t waiting() const;
  void next_wave();
  void narrow();
  void settle();
  bool out_of_budget();

  const Budget& budget_;
  const std::size_t width_;
  bool complete_ = true;
  const char* over_ = nullptr;
  std::uint64_t explored_ = 0, steps_ = 0, settling_ = 0;

  LazyCalls<Words> calls_;
  SpentTable spent_;
  Trail trail_;
  typename Step::Common common_;
  Step alone_;
  std::vector<std::unique_ptr<Step>> together_;
  std::vector<Config> now_, wave_;
  Pools results_, work_;  // By portion; the first one alone as long as they are few.
  std::array<std::size_t, Step::most_portions> taken_{};  // Of work_.
  struct Ranked {
    std::uint32_t place = 0;  // Among those of the same value.
    int loss = 0;
    std::uint32_t at = 0;  // Into now_.
  };
  std::vector<Ranked> ranked_;
};

}  // namespace clew
