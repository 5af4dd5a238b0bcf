#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "checkers/lazy_register.h"

namespace clew {

// Judges the calls of one register key while they are made. An event takes its
// place in time only when no call is open any more that may still have returned
// before it, so answers may be told late and in any order; what has its place is
// read by a LazyRegister and forgotten. Memory is bounded by what is open, by the
// unknown calls that may still take effect, and by a window of a few hundred calls.
//
// Invocations must be told in the order of their times. Not thread-safe.
class RegisterStream {
 public:
  // At most so many calls are open at once; more end in Outcome unknown.
  static constexpr std::uint32_t max_open = 256;

  enum class State : std::uint8_t {
    alive,   // What was read so far has an order.
    dead,    // It has none.
    unsure,  // An order was lost that may have been the one: judge the whole history.
  };

  // So many answers are awaited before the earlier half of them is read; the more,
  // the better it is known what lies ahead of each.
  struct Pace {
    std::size_t answers = 256;
    std::size_t of_each_client = 8;
  };
  explicit RegisterStream(const Budget& budget, const Pace& pace) : budget_(budget), pace_(pace) {}

  // Times in nanoseconds. Returns the number under which the call is completed.
  std::uint64_t invoke(std::int64_t time);
  void answer(std::uint64_t call, const RegisterAct& act, std::int64_t time);
  // It may have taken effect, at any time, or never.
  void lose(std::uint64_t call, const RegisterAct& act);
  // It never happened, or it is a read that nobody answered.
  void drop(std::uint64_t call);

  // Reads what came before `time` and has its place. What came since tells what lies ahead.
  void catch_up(std::int64_t time);

  static constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max() / 2;
  // While no call is open: reads all that came before `time`, which no later call will
  // come before, and gives back all memory but what a later call may need.
  void rest(std::int64_t time = for_ever);
  bool idle() const { return open_ == 0; }
  // Nothing is left but what a later call may need: its values may be renamed.
  bool asleep() const { return asleep_ && calls_.empty(); }
  void rename(const std::vector<Atom>& names);

  State state() const { return state_; }
  // When the call returned that has no place. In nanoseconds.
  std::int64_t died_at() const { return died_at_; }
  std::uint64_t judged() const { return judged_; }  // Calls.

  // Marks the values that must keep their numbers; `live` covers all.
  void mark_live(std::vector<std::uint8_t>& live) const;
  std::size_t bytes() const;

 private:
  using Lazy = LazyRegister<max_open / 64>;
  static constexpr std::size_t width = 64;

  enum class Fate : std::uint8_t { open, known, unknown, absent };
  struct Pending {
    RegisterAct act{};
    Moment inv = 0, ret = no_end;
    std::uint32_t slot = 0;
    Fate fate = Fate::open;
    bool started = false;  // The engine has read its invocation.
  };
  struct Event {
    Moment at = 0;
    std::uint32_t call = 0;  // Into the window.
    bool ret = false;
  };

  Pending& pending(std::uint64_t call) { return calls_[static_cast<std::size_t>(call - first_)]; }
  void settle(std::uint64_t call, Fate fate);
  static constexpr Moment half = -1;
  // Reads all before `until`, or the earlier half of all that has its place. Nothing
  // that is still to come is earlier than `end`.
  void advance(Moment end, Moment until);
  Moment watermark() const;
  void look_around(const std::vector<std::uint32_t>& window, std::vector<Event>& events,
                   Moment end);
  bool read(const Event& event, std::uint32_t call);
  void wake();

  const Budget& budget_;
  const Pace pace_;
  std::deque<Pending> calls_;  // By invocation.
  std::uint64_t first_ = 0;    // Number of the first in calls_.
  std::size_t open_ = 0, most_open_ = 0, settled_ = 0;
  Moment latest_ = 0;  // Of the invocations.
  Moment read_ = 0;    // All events before this have been read.
  std::unique_ptr<Lazy> engine_;
  std::optional<Lazy::Snapshot> asleep_;
  std::vector<Ahead> ahead_;  // Of the window.
  State state_ = State::alive;
  std::int64_t died_at_ = 0;
  std::uint64_t judged_ = 0;
};

}  // namespace clew
