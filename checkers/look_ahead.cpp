#include "checkers/look_ahead.h"

#include <algorithm>

namespace clew {
namespace {

// Rows of entries, one row a value, filled in one go.
template <class Entry>
class Rows {
 public:
  // How many entries each row gets must be counted first.
  void count(Atom value) { ++ends_[value + 1]; }
  explicit Rows(std::size_t values) : ends_(values + 1, 0) {}
  void allot() {
    for (std::size_t i = 1; i < ends_.size(); ++i) ends_[i] += ends_[i - 1];
    begins_.assign(ends_.begin(), ends_.end() - 1);
    entries_.resize(ends_.back());
    for (std::size_t i = 0; i + 1 < ends_.size(); ++i) ends_[i] = begins_[i];
  }
  void add(Atom value, const Entry& entry) { entries_[ends_[value]++] = entry; }
  Entry* begin(Atom value) { return entries_.data() + begins_[value]; }
  Entry* end(Atom value) { return entries_.data() + ends_[value]; }
  const Entry* begin(Atom value) const { return entries_.data() + begins_[value]; }
  const Entry* end(Atom value) const { return entries_.data() + ends_[value]; }

 private:
  std::vector<std::uint32_t> ends_, begins_;
  std::vector<Entry> entries_;
};

class LookAhead {
 public:
  LookAhead(const std::vector<RegisterCall>& calls, const Window& window)
      : calls_(calls), window_(window), writers_(values_of(calls)), seen_(values_of(calls)) {
    for (const RegisterCall& call : calls) {
      positions_ += call.known() ? 2U : 1U;
      if (call.mutates()) writers_.count(call.to);
      if (is_seen(call)) seen_.count(call.from);
    }
    writers_.allot();
    seen_.allot();
    Position latest_refusal = -1;
    for (CallId id = 0; id < calls.size(); ++id) {
      const RegisterCall& call = calls[id];
      if (call.mutates()) {
        add_writer(call, id);
        mutators_.push_back(id);
      }
      if (is_seen(call)) see(call);
      if (call.act == Act::refused)
        refused_.push_back({call.inv, latest_refusal = std::max(latest_refusal, call.ret)});
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
    Position latest = 0;  // Return of this and the earlier ones of the value.
    CallId id = 0;
  };
  struct Seen {
    Position inv = 0;
    Position until = 0;  // The latest use by any that was invoked up to then.
  };

  static std::size_t values_of(const std::vector<RegisterCall>& calls) {
    Atom values = 1;
    for (const RegisterCall& call : calls) values = std::max({values, call.from + 1, call.to + 1});
    return values;
  }
  static bool is_seen(const RegisterCall& call) {
    return call.act == Act::cas || (call.act == Act::read && call.known());
  }

  void add_writer(const RegisterCall& call, CallId id) {
    const bool first = writers_.begin(call.to) == writers_.end(call.to);
    const Position latest = first ? -1 : std::prev(writers_.end(call.to))->latest;
    writers_.add(call.to, {call.inv, call.ret, std::max(latest, call.ret), id});
  }
  // A read sees once it is invoked, or never; a cas wants the value until it returns.
  void see(const RegisterCall& call) {
    const bool first = seen_.begin(call.from) == seen_.end(call.from);
    const Position until = call.act == Act::read ? call.inv : call.ret;
    seen_.add(call.from,
              {call.inv, first ? until : std::max(until, std::prev(seen_.end(call.from))->until)});
  }

  static Position last_use(const Seen* begin, const Seen* end, Position barrier) {
    const Seen* it = std::upper_bound(begin, end, barrier,
                                      [](Position at, const Seen& seen) { return at < seen.inv; });
    return it == begin ? -1 : std::prev(it)->until;
  }

  // Whoever is invoked after some write that lies wholly behind this one cannot see it.
  void find_last() {
    std::vector<Position> soonest(positions_ + 1, never);  // Return of writes from here on.
    for (const CallId id : mutators_) soonest[place(calls_[id].inv)] = calls_[id].ret;
    for (std::size_t i = positions_; i-- > 0;) soonest[i] = std::min(soonest[i], soonest[i + 1]);
    for (const CallId id : mutators_) {
      const RegisterCall& call = calls_[id];
      if (!call.known()) continue;
      const Position barrier = soonest[place(call.ret)];
      if (barrier >= window_.end && window_.end != never) continue;  // An observer may be missing.
      if (window_.swapped != nullptr && (*window_.swapped)[call.to]) continue;
      Position last = last_use(seen_.begin(call.to), seen_.end(call.to), barrier);
      if (!refused_.empty())
        last =
            std::max(last, last_use(refused_.data(), refused_.data() + refused_.size(), barrier));
      out_[id].last = last == never ? no_end : last;
    }
  }

  void find_must() {
    std::vector<Position> latest(positions_ + 1, -1);  // Invocation of writes that returned.
    for (const CallId id : mutators_)
      if (calls_[id].known()) latest[place(calls_[id].ret)] = calls_[id].inv;
    for (std::size_t i = 1; i < latest.size(); ++i) latest[i] = std::max(latest[i], latest[i - 1]);
    for (const RegisterCall& call : calls_) {
      if (!call.known() || !call.observes()) continue;
      const Position overwritten = latest[place(call.inv)];
      // Somebody outside of the window may be the source.
      if (call.ret >= window_.end || overwritten < window_.begin) continue;
      if (window_.written != nullptr && (*window_.written)[call.from]) continue;
      const CallId source = only_source(call, overwritten);
      if (source != no_call) out_[source].must = std::max<Moment>(out_[source].must, call.inv);
    }
  }
  static std::size_t place(Position at) { return static_cast<std::size_t>(at); }

  // `overwritten`: what returned before this is gone by the time the observer is invoked.
  CallId only_source(const RegisterCall& observer, Position overwritten) const {
    CallId source = no_call;
    if (observer.from == nil_atom && overwritten < 0) return no_call;  // It may be the initial one.
    const Writer* begin = writers_.begin(observer.from);
    const Writer* at =
        std::lower_bound(begin, writers_.end(observer.from), observer.ret,
                         [](const Writer& writer, Position ret) { return writer.inv < ret; });
    while (at != begin && (--at)->latest >= overwritten) {
      if (at->ret < overwritten || &calls_[at->id] == &observer) continue;
      if (source != no_call) return no_call;
      source = at->id;
    }
    return source;
  }

  static constexpr CallId no_call = static_cast<CallId>(-1);

  const std::vector<RegisterCall>& calls_;
  const Window window_;
  Rows<Writer> writers_;          // Of each value, by invocation.
  Rows<Seen> seen_;               // Likewise.
  std::vector<Seen> refused_;     // Of any value.
  std::vector<CallId> mutators_;  // By invocation.
  std::size_t positions_ = 0;
  std::vector<Ahead> out_;
};

}  // namespace

std::vector<Ahead> look_ahead(const std::vector<RegisterCall>& calls, const Window& window) {
  return LookAhead(calls, window).look();
}

}  // namespace clew
