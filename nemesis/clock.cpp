// clock: the clocks of some servers go wrong; the machine's own are not touched.
//
//   jump    ahead or back by `by`, once
//   strobe  `by` ahead, true, ahead, true ... each for `every`
//   drift   gains `rate` seconds a second, or loses them, in steps of 10 ms
//
// The wall clock only, as when an administrator or NTP sets it: nothing that
// measures durations may care. With `monotonic` both: no sane machine does that,
// but it shows who trusts a lease. A server that is started meanwhile is wrong from
// its first instruction on. Healing gives all of them the machine's clocks back.

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/clock/clock_look.h"
#include "nemesis/clock/clock_patch.h"
#include "nemesis/parameters.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

using std::chrono::milliseconds;

constexpr Nanos drift_step = milliseconds(10);
constexpr Nanos smallest_effect = std::chrono::microseconds(100);  // Far above how exactly we look.

Nanos signed_duration(const Options& options, std::string_view name) {
  std::string text = options.text(name);
  const bool back = text.starts_with('-');
  const auto size = parse_duration(back ? text.substr(1) : text);
  if (!size || *size == Nanos{0})
    throw UsageError(std::string(name) + ": '" + text + "' is no duration like 500ms or -1h");
  return back ? -*size : *size;
}

double parse_rate(const Options& options) {
  const auto rate = options.real("rate");
  if (!rate || !(std::abs(*rate) <= 100) || *rate == 0)
    throw UsageError("rate: '" + options.text("rate") +
                     "' is no number of seconds a second, -100 to 100, not 0");
  return *rate;
}

std::string signed_text(Nanos offset) {
  return (offset < Nanos{0} ? "-" : "+") + format_duration(offset < Nanos{0} ? -offset : offset);
}

class ClockFault final : public Fault {
 public:
  static constexpr std::string_view name = "clock";
  static constexpr std::string_view summary = "servers whose clocks jump, strobe or drift";
  static constexpr std::array<OptionSpec, 4> options{{
      {"by", OptionSpec::Kind::text, "1m", "how far, ahead or with a minus back: jump, strobe"},
      {"every", OptionSpec::Kind::duration, "5ms", "how long each way, of kind strobe"},
      {"rate", OptionSpec::Kind::text, "0.1", "seconds gained each second, of kind drift"},
      {"monotonic", OptionSpec::Kind::flag, "", "the monotonic clock too, not only the wall clock"},
  }};

  explicit ClockFault(const Options& given)
      : by_(signed_duration(given, "by")),
        every_(given.duration("every")),
        rate_(parse_rate(given)),
        monotonic_(given.flag("monotonic")) {
    if (every_ < milliseconds(1)) throw UsageError("every: must be 1ms or more");
  }
  ~ClockFault() override { stop_changing(); }

  std::vector<std::string> kinds() const override { return {"jump", "strobe", "drift"}; }
  std::vector<std::string> targets() const override { return node_targets(); }

  void check_possible() const override {
    if (const std::string why = why_clocks_cannot_be_bent(); !why.empty())
      throw EnvironmentError("no clock faults here: " + why +
                             "; ./clew doctor tells what is missing");
  }

  // Jumps as Jepsen's: small ones as often as large ones, from 100 ms up to 1 h.
  Parameters draw(const std::string& kind, double strength, Rng& rng) const override {
    const std::string sign = rng.chance(0.5) ? "-" : "";
    if (kind == "drift") {
      const auto thousandths = static_cast<std::int64_t>(std::pow(1000.0, strength * rng.unit()));
      return {{"rate", sign + decimal(static_cast<double>(thousandths) / 1000)}};
    }
    const auto ms = std::llround(100 * std::pow(36'000.0, strength * rng.unit()));
    Parameters parameters{{"by", sign + std::to_string(ms) + "ms"}};
    if (kind == "strobe")
      parameters.emplace_back("every", std::to_string(rng.between(1, 20)) + "ms");
    return parameters;
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    kind_ = order.kind;
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline, is_alive);
    since_ = Clock::now();
    for (const Node& node : nodes) {
      arena.cluster.at_exec(node, [this, id = node.id](pid_t pid) { bend_new(id, pid); });
      hooked_.push_back(node);
      const ProcessStatus status = arena.cluster.status(node);
      if (is_alive(status.life)) bend(node.id, status.pid, deadline);
    }
    if (kind_ != "jump")
      changer_ = std::jthread([this](const std::stop_token& stop) { change(stop); });
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& arena) override {
    Evidence evidence{.holds = !hooked_.empty()};
    for (const Node& node : hooked_) {
      const ProcessStatus status = arena.cluster.status(node);
      bool wrong = false;
      if (is_alive(status.life))
        if (const auto seen = look_at_clocks(status.pid)) wrong = note(node.id, *seen);
      evidence.holds = evidence.holds && (wrong || seen_.contains(node.id));
      say(evidence, node, status.pid, told(node.id));
    }
    const std::lock_guard lock(mutex_);
    if (!trouble_.empty()) evidence = {.holds = false, .text = evidence.text + "; " + trouble_};
    return evidence;
  }

  // The hooks first: what starts after that is true, what started before is known.
  void heal(Arena& arena, Deadline deadline) override {
    stop_changing();
    for (const Node& node : hooked_) arena.cluster.at_exec(node, {});
    if (!hooked_.empty()) healed_ = std::exchange(hooked_, {});
    const std::lock_guard lock(mutex_);
    std::string trouble;  // One clock that cannot be put back keeps no other wrong.
    for (auto it = bent_.begin(); it != bent_.end();) {
      try {
        it->second.restore(deadline);
        it = bent_.erase(it);
      } catch (const HarnessError& e) {
        trouble = e.what();
        ++it;
      }
    }
    if (!trouble.empty()) throw HarnessError(trouble);
  }

  // Any process that runs there now, ours or not.
  Evidence verify_healed(Arena& arena) override {
    Evidence evidence{.holds = true};
    for (const Node& node : healed_) {
      const ProcessStatus status = arena.cluster.status(node);
      if (!is_alive(status.life)) {
        say(evidence, node, status.pid, "is gone");
        continue;
      }
      const auto seen = look_at_clocks(status.pid);
      const bool is_true = !seen || *seen == ClockOffsets{};
      evidence.holds = evidence.holds && is_true;
      say(evidence, node, status.pid,
          is_true ? "has the machine's clock" : "is at " + signed_text(seen->realtime));
    }
    return evidence;
  }

 private:
  struct Range {
    Nanos low{}, high{};
    std::int64_t looks = 0;
  };

  ClockOffsets offsets_at(Deadline now) const {
    const Nanos passed = now - since_;
    Nanos offset = by_;
    if (kind_ == "strobe" && (passed / every_) % 2 == 1) offset = Nanos{0};
    if (kind_ == "drift")
      offset = Nanos(static_cast<std::int64_t>(static_cast<double>(passed.count()) * rate_));
    return {offset, monotonic_ ? offset : Nanos{0}};
  }

  void bend(int node, pid_t pid, Deadline deadline) {
    const std::lock_guard lock(mutex_);
    if (const auto it = bent_.find(node); it != bent_.end() && it->second.pid() == pid) return;
    bent_.insert_or_assign(node, ClockPatch::live(pid, offsets_at(Clock::now()), deadline));
  }

  // At exec: a server must not stay down because its clock could not be changed.
  void bend_new(int node, pid_t pid) {
    const std::lock_guard lock(mutex_);
    try {
      bent_.insert_or_assign(node, ClockPatch::before_start(pid, offsets_at(Clock::now())));
    } catch (const HarnessError& e) { trouble_ = e.what(); }
  }

  void change(const std::stop_token& stop) {
    const Nanos step = kind_ == "strobe" ? every_ : drift_step;
    for (std::int64_t turn = 1; !stop.stop_requested(); ++turn) {
      std::this_thread::sleep_until(since_ + turn * step);
      const std::lock_guard lock(mutex_);
      const ClockOffsets now = offsets_at(Clock::now());
      for (auto& [node, patch] : bent_) {
        try {
          patch.set(now);
        } catch (const HarnessError& e) { trouble_ = e.what(); }
      }
    }
  }

  void stop_changing() {
    changer_.request_stop();
    if (changer_.joinable()) changer_.join();
  }

  // Whether this look alone shows what the fault is to do.
  bool note(int node, const ClockOffsets& seen) {
    const Nanos offset = monotonic_ ? seen.monotonic : seen.realtime;
    if (std::chrono::abs(offset) < smallest_effect) return false;
    Range& range = seen_[node];
    range.low = range.looks == 0 ? offset : std::min(range.low, offset);
    range.high = range.looks == 0 ? offset : std::max(range.high, offset);
    ++range.looks;
    return true;
  }

  std::string told(int node) const {
    const auto it = seen_.find(node);
    if (it == seen_.end()) return "is told the true time";
    const Range& range = it->second;
    const std::string clock = monotonic_ ? "'s clocks are at " : "'s wall clock is at ";
    if (range.high - range.low < smallest_effect) return clock + signed_text(range.high);
    return clock + signed_text(range.low) + " to " + signed_text(range.high);
  }

  static void say(Evidence& evidence, const Node& node, pid_t pid, const std::string& what) {
    evidence.add(node.name + ": process " + std::to_string(pid) +
                 (what.starts_with('\'') ? "" : " ") + what);
  }

  const Nanos by_;
  const Nanos every_;
  const double rate_;
  const bool monotonic_;
  std::string kind_;
  Deadline since_{};
  std::vector<Node> hooked_, healed_;
  std::map<int, Range> seen_;  // By node: what its processes were told.

  std::mutex mutex_;  // Guards the next two.
  std::map<int, ClockPatch> bent_;
  std::string trouble_;
  std::jthread changer_;
};

const Register<Fault, ClockFault> registered;

}  // namespace
}  // namespace clew
