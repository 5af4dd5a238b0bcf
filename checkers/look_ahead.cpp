#include "checkers/look_ahead.h"

#include <algorithm>

namespace clew {
namespace {

class LookAhead {
 public:
  explicit LookAhead(const std::vector<RegisterCall>& calls) : calls_(calls) {
    Atom values = 1;
    for (const RegisterCall& call : calls) values = std::max({values, call.from + 1, call.to + 1});
    by_value_.resize(values);
    for (CallId id = 0; id < calls.size(); ++id) {
      const RegisterCall& call = calls[id];
      if (call.mutates()) {
        by_value_[call.to].writers.push_back({call.inv, call.ret, id});
        if (call.known()) overwrites_.emplace_back(call.ret, call.inv);
        mutators_.push_back(id);
      }
      if (call.act == Act::read && call.known()) see(by_value_[call.from], call.inv, call.inv);
      if (call.act == Act::cas) see(by_value_[call.from], call.inv, call.ret);
      if (call.act == Act::refused) see(refused_, call.inv, call.ret);
    }
  }

  std::vector<Ahead> look() {
    out_.resize(calls_.size());
    find_last();
    find_must();
    return std::move(out_);
  }

 private:
  struct Writer {
    Position inv = 0, ret = 0;
    CallId id = 0;
  };
  struct Seen {
    Position inv = 0;
    Position until = 0;  // The latest use by any that was invoked up to then.
  };
  struct OfValue {
    std::vector<Writer> writers{};  // By invocation; `ret` becomes the latest so far.
    std::vector<Seen> seen{};       // By invocation.
  };

  static void see(OfValue& value, Position inv, Position until) {
    if (!value.seen.empty()) until = std::max(until, value.seen.back().until);
    value.seen.push_back({inv, until});
  }

  static Position last_use(const OfValue& value, Position barrier) {
    const auto it = std::upper_bound(value.seen.begin(), value.seen.end(), barrier,
                                     [](Position at, const Seen& seen) { return at < seen.inv; });
    return it == value.seen.begin() ? -1 : std::prev(it)->until;
  }

  // Whoever is invoked after some write that lies wholly behind this one cannot see it.
  void find_last() {
    std::vector<Position> soonest(mutators_.size() + 1, never);  // Return of these and later ones.
    for (std::size_t i = mutators_.size(); i-- > 0;)
      soonest[i] = std::min(soonest[i + 1], calls_[mutators_[i]].ret);
    for (const CallId id : mutators_) {
      const RegisterCall& call = calls_[id];
      if (!call.known()) continue;
      const auto next =
          std::upper_bound(mutators_.begin(), mutators_.end(), call.ret,
                           [this](Position at, CallId other) { return at < calls_[other].inv; });
      const Position barrier = soonest[static_cast<std::size_t>(next - mutators_.begin())];
      out_[id].last = std::max(last_use(by_value_[call.to], barrier), last_use(refused_, barrier));
    }
  }

  void find_must() {
    std::sort(overwrites_.begin(), overwrites_.end());
    for (std::size_t i = 1; i < overwrites_.size(); ++i)
      overwrites_[i].second = std::max(overwrites_[i].second, overwrites_[i - 1].second);
    latest_.resize(by_value_.size());
    for (std::size_t value = 0; value < by_value_.size(); ++value) {
      Position latest = -1;
      for (const Writer& writer : by_value_[value].writers)
        latest_[value].push_back(latest = std::max(latest, writer.ret));
    }
    for (const RegisterCall& call : calls_) {
      if (!call.known() || !call.observes()) continue;
      const CallId source = only_source(call);
      if (source != no_call) out_[source].must = std::max(out_[source].must, call.inv);
    }
  }

  // What returned before this is overwritten for certain by the time `at`.
  Position overwritten_before(Position at) const {
    const auto it =
        std::lower_bound(overwrites_.begin(), overwrites_.end(), std::pair(at, Position{-1}));
    return it == overwrites_.begin() ? -1 : std::prev(it)->second;
  }

  CallId only_source(const RegisterCall& observer) const {
    const Position overwritten = overwritten_before(observer.inv);
    CallId source = no_call;
    if (observer.from == nil_atom && overwritten < 0) return no_call;  // It may be the initial one.
    const auto& writers = by_value_[observer.from].writers;
    const auto& latest = latest_[observer.from];
    auto at = static_cast<std::size_t>(
        std::lower_bound(writers.begin(), writers.end(), observer.ret,
                         [](const Writer& writer, Position ret) { return writer.inv < ret; }) -
        writers.begin());
    while (at-- > 0 && latest[at] >= overwritten) {
      if (writers[at].ret < overwritten || &calls_[writers[at].id] == &observer) continue;
      if (source != no_call) return no_call;
      source = writers[at].id;
    }
    return source;
  }

  static constexpr CallId no_call = static_cast<CallId>(-1);

  const std::vector<RegisterCall>& calls_;
  std::vector<OfValue> by_value_;
  OfValue refused_;
  std::vector<CallId> mutators_;                           // By invocation.
  std::vector<std::pair<Position, Position>> overwrites_;  // Return, latest invocation so far.
  std::vector<std::vector<Position>> latest_;  // By value: return of the writers so far.
  std::vector<Ahead> out_;
};

}  // namespace

std::vector<Ahead> look_ahead(const std::vector<RegisterCall>& calls) {
  return LookAhead(calls).look();
}

}  // namespace clew
