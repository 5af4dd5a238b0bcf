#include "tests/checkers/weaker_fuzz.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/all_orders.h"

namespace clew::testing {
namespace {

// A call that is being made up: on the clock, with the moment of its effect.
struct Draft {
  SessionCall call{};
  std::int64_t begin = 0, end = 0, effect = 0;
  bool known = true, lost = false;
};

// Sessions with clocks of their own; some see an old state, or anything at all.
class Making {
 public:
  explicit Making(Rng& rng) : rng_(rng), unique_(rng.chance(0.7)) {
    const auto sessions = static_cast<std::size_t>(rng.between(1, 4));
    const std::size_t tries = 3 + rng.below(6);
    std::vector<std::int64_t> clocks(sessions, 0);
    std::vector<std::uint8_t> over(sessions, 0);
    const double odd = rng.pick(std::vector<double>{0.0, 0.2, 0.4, 0.7});
    for (std::size_t i = 0; i < tries; ++i) {
      const std::size_t s = rng.below(sessions);
      if (over[s]) continue;
      Draft draft;
      draft.call.session = static_cast<std::int64_t>(s);
      draft.begin = clocks[s] + rng.between(1, 4);
      draft.end = draft.begin + rng.between(1, 6);
      draft.effect = rng.between(draft.begin, draft.end);
      clocks[s] = draft.end;
      draft.known = !rng.chance(0.1);
      draft.lost = !draft.known && rng.chance(0.5);
      over[s] = !draft.known;
      drafts_.push_back(draft);
    }
    fill(odd);
  }

  std::vector<SessionCall> calls{};
  std::vector<TimedCall> timed{};
  std::size_t values = 0;
  bool unique() const { return unique_; }
  bool refusals() const {
    return std::any_of(calls.begin(), calls.end(),
                       [](const SessionCall& call) { return call.act == Act::refused; });
  }

 private:
  Atom seen(double odd) {
    if (rng_.chance(1 - odd)) return past_.back();
    if (rng_.chance(0.95)) return rng_.pick(past_);
    return static_cast<Atom>(rng_.below(unique_ ? 8 : 4));
  }

  void fill(double odd) {
    std::stable_sort(drafts_.begin(), drafts_.end(),
                     [](const Draft& a, const Draft& b) { return a.effect < b.effect; });
    for (Draft& draft : drafts_) {
      SessionCall& call = draft.call;
      const Atom fresh = unique_ ? ++next_ : static_cast<Atom>(rng_.below(4));
      const std::uint64_t kind = rng_.below(10);
      const Atom now = seen(odd);
      if (kind < 5 && draft.known) {
        call.act = Act::read;
        call.from = now;
      } else if (kind < 8 || (kind == 8 && now == fresh) || (kind == 9 && !draft.known)) {
        call.act = Act::write;
        call.to = fresh;
      } else if (kind == 8) {
        call.act = Act::cas;
        call.from = now;
        call.to = fresh;
      } else {
        call.act = Act::refused;
        call.from = static_cast<Atom>(rng_.below(unique_ ? 8 : 4));
      }
      if (call.mutates() && !draft.lost) past_.push_back(call.to);
    }
    std::stable_sort(drafts_.begin(), drafts_.end(),
                     [](const Draft& a, const Draft& b) { return a.begin < b.begin; });
    // As History does it: invocations first among equal times.
    Position place = 0;
    for (std::int64_t time = 0; time <= 100; ++time) {
      for (Draft& draft : drafts_)
        if (draft.begin == time) draft.call.inv = place++;
      for (Draft& draft : drafts_)
        if (draft.end == time && draft.known) draft.call.ret = place++;
    }
    for (Draft& draft : drafts_) {
      if (!draft.known) draft.call.ret = never;
      draft.call.index = static_cast<std::int64_t>(calls.size());
      calls.push_back(draft.call);
      timed.push_back(
          {draft.call, Nanos(draft.begin), draft.known ? Nanos(draft.end) : Nanos::max(), "n1"});
      values = std::max({values, std::size_t{draft.call.from}, std::size_t{draft.call.to}});
    }
    ++values;
  }

  Rng& rng_;
  bool unique_;
  Atom next_ = 0;
  std::vector<Atom> past_{nil_atom};
  std::vector<Draft> drafts_;
};

std::string drawn(const std::vector<SessionCall>& calls) {
  static constexpr std::array<const char*, 4> acts{"read", "write", "cas", "refused"};
  std::string out;
  for (const SessionCall& call : calls)
    out += "\n  session " + std::to_string(call.session) + " " +
           acts[static_cast<std::size_t>(call.act)] + " " + std::to_string(call.from) + " " +
           std::to_string(call.to) + "  [" + std::to_string(call.inv) + ", " +
           (call.known() ? std::to_string(call.ret) : "?") + "]";
  return out;
}

std::string verdict(const Guarantee& guarantee) {
  return guarantee.name + " " + std::string(to_string(guarantee.outcome)) + " (" +
         guarantee.reason + ")";
}

// What a guarantee must be, given what trying all says. Values unique: exactly.
bool fits(Outcome said, Kept kept, bool writes_broken, bool unique) {
  const bool possible = kept == Kept::always || kept == Kept::sometimes;
  if (!unique) {
    if (said == Outcome::valid) return kept == Kept::always;
    return said == Outcome::unknown || kept == Kept::never;
  }
  if (writes_broken) return said == Outcome::unknown;
  if (kept == Kept::orphaned) return said == Outcome::unknown;
  return said == (possible ? Outcome::valid : Outcome::invalid);
}

void compare(const Making& made, WeakerCount& count) {
  Values values;
  for (std::size_t v = 1; v < made.values; ++v) values.intern(Value(static_cast<std::int64_t>(v)));
  const auto said = judge_weaker(made.calls, values, Budget{});
  const bool linearizable = has_sequential_order(made.calls, true);
  const bool sequential = has_sequential_order(made.calls, false);
  count.linearizable += linearizable;
  count.sequential += sequential;
  if (said[0].outcome != (sequential ? Outcome::valid : Outcome::invalid))
    throw std::runtime_error(verdict(said[0]));
  if (linearizable && !sequential) throw std::runtime_error("linearizable and not sequential");
  const auto all = session_guarantees(made.calls);
  bool writes_broken = said[2].outcome == Outcome::invalid;
  for (std::size_t g = 0; g < 4; ++g) {
    const Guarantee& guarantee = said[g + 1];
    if (sequential) {
      if (guarantee.outcome != Outcome::valid || all[g] == Kept::never || all[g] == Kept::orphaned)
        throw std::runtime_error("sequential, and yet " + verdict(guarantee));
      continue;
    }
    count.kept += guarantee.outcome == Outcome::valid;
    count.broken += guarantee.outcome == Outcome::invalid;
    count.undecided += guarantee.outcome == Outcome::unknown;
    if (!fits(guarantee.outcome, all[g], writes_broken && g != 1, made.unique()))
      throw std::runtime_error(verdict(guarantee) + ", trying all says " +
                               std::to_string(static_cast<int>(all[g])));
    if (guarantee.outcome != Outcome::valid && guarantee.reason.empty())
      throw std::runtime_error(guarantee.name + " without a reason");
  }
}

void compare_staleness(const Making& made, WeakerCount& count) {
  StalenessCount counting;
  counting.add(made.timed);
  const Staleness said = counting.take();
  auto late = stale_reads(made.timed);
  count.stale += late.size();
  std::sort(late.begin(), late.end());
  if (said.all.stale != late.size())
    throw std::runtime_error(std::to_string(said.all.stale) + " stale reads, not " +
                             std::to_string(late.size()));
  if (!late.empty() &&
      (said.all.worst != late.back() || said.all.median != late[(late.size() - 1) / 2]))
    throw std::runtime_error("stale reads by other times");
  if (!late.empty() && has_sequential_order(made.calls, true))
    throw std::runtime_error("stale reads, and yet linearizable");
}

}  // namespace

std::string weaker_fuzz_once(Rng& rng, WeakerCount& count) {
  ++count.histories;
  const Making made(rng);
  try {
    compare(made, count);
    compare_staleness(made, count);
  } catch (const std::exception& e) { return e.what() + drawn(made.calls); }
  return "";
}

}  // namespace clew::testing
