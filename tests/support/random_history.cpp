#include "tests/support/random_history.h"

#include <algorithm>
#include <map>
#include <queue>

namespace clew::testing {
namespace {

struct Draft {
  std::string f, key;
  Value asked, answer;
  std::int64_t from = 0, to = 0;
  double point = 0;  // Where it takes effect, if it does.
  bool effect = true;
  Kind end = Kind::ok;
  bool cut = false;  // Its completion is missing.
  std::string error;
};

// Lets every call take effect at its point, and writes down what it saw.
void simulate(std::vector<Draft>& drafts) {
  std::vector<Draft*> order;
  for (Draft& draft : drafts)
    if (draft.effect) order.push_back(&draft);
  std::sort(order.begin(), order.end(),
            [](const Draft* a, const Draft* b) { return a->point < b->point; });
  std::map<std::string, Value> state;
  for (Draft* draft : order) {
    Value& held = state[draft->key];
    if (draft->f == "read") {
      draft->answer = held;
    } else if (draft->f == "write") {
      held = draft->asked;
    } else if (draft->asked.as_list()[0] == held) {
      held = draft->asked.as_list()[1];
    } else if (draft->end == Kind::ok) {
      draft->end = Kind::fail;
      draft->error = compare_failed;
    }
  }
}

// Turns drafts into events; gives processes to calls, anew after unknown outcomes.
std::vector<Op> events_of(std::vector<Draft>& drafts, Rng& rng) {
  struct Place {
    std::int64_t time;
    std::uint64_t tie;
    std::size_t draft;
    bool end;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const std::uint64_t tie = rng.next() >> 1;
    places.push_back({drafts[i].from, tie, i, false});
    // A call of no length begins before it ends.
    const std::uint64_t later = drafts[i].from == drafts[i].to ? tie + 1 : rng.next();
    if (!drafts[i].cut) places.push_back({drafts[i].to, later, i, true});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.time, a.tie) < std::tie(b.time, b.tie);
  });
  std::vector<std::int64_t> process(drafts.size(), 0), idle;
  std::int64_t fresh = 0;
  std::vector<Op> ops;
  for (const Place& place : places) {
    const Draft& draft = drafts[place.draft];
    Op op;
    op.index = static_cast<std::int64_t>(ops.size());
    op.time = Nanos(place.time);
    op.f = draft.f;
    op.key = draft.key;
    op.value = draft.f == "read" && !place.end ? Value() : draft.asked;
    if (!place.end) {
      if (idle.empty()) idle.push_back(fresh++);
      const std::size_t pick = rng.below(idle.size());
      process[place.draft] = idle[pick];
      idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(pick));
    } else {
      op.kind = draft.end;
      op.error = draft.error;
      if (draft.f == "read" && draft.end == Kind::ok) op.value = draft.answer;
      if (draft.end != Kind::info) idle.push_back(process[place.draft]);
    }
    op.process = process[place.draft];
    ops.push_back(std::move(op));
  }
  return ops;
}

class Maker {
 public:
  Maker(Rng& rng, const Shape& shape) : rng_(rng), shape_(shape) {}

  std::vector<Op> make() {
    for (std::size_t i = 0; i < shape_.calls; ++i) drafts_.push_back(draft());
    if (shape_.hoard) hoard();
    if (!shape_.chaos) simulate_twice();
    for (Draft& d : drafts_) {
      if (shape_.chaos && d.f == "read") d.answer = seen();
      if (shape_.chaos && d.f == "cas" && d.end == Kind::ok && shape_.refusals && rng_.chance(0.3))
        refuse(d);
      // Without refusals on record, a cas that did not swap is one that failed.
      if (!shape_.refusals && d.error == compare_failed) d.error = "conflict";
    }
    if (shape_.lies) lie();
    return events_of(drafts_, rng_);
  }

 private:
  // First to learn which values there are, then with cas that guess well.
  void simulate_twice() {
    for (Draft& d : drafts_) {
      if (shape_.hoard || d.f != "cas" || !rng_.chance(0.7)) continue;
      // The writer that takes effect last before it.
      const Draft* last = nullptr;
      for (const Draft& other : drafts_)
        if (&other != &d && other.effect && other.f != "read" && other.key == d.key &&
            other.point < d.point && (!last || other.point > last->point))
          last = &other;
      Value old;
      if (last) old = last->f == "cas" ? last->asked.as_list()[1] : last->asked;
      d.asked = Value(Value::List{old, d.asked.as_list()[1]});
    }
    simulate(drafts_);
  }

  void hoard() {
    const std::size_t unknown = drafts_.size() / 2;
    const auto span = static_cast<std::int64_t>(3 * drafts_.size());
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      Draft& d = drafts_[i];
      d.error.clear();
      if (i >= unknown) {
        d.from = 3 * static_cast<std::int64_t>(i - unknown) + 1;
        d.to = d.from + 1;
        d.point = static_cast<double>(d.from) + rng_.unit();
        d.end = Kind::ok;
        d.effect = true;
        continue;
      }
      d.f = rng_.chance(0.3) || !shape_.cas ? "write" : "cas";
      const Value to = written();
      d.asked = d.f == "cas" ? Value(Value::List{seen(), to}) : to;
      if (i > 0 && !shape_.unique && rng_.chance(0.4)) {
        const Draft& twin = drafts_[rng_.below(i)];
        d.f = twin.f;
        d.asked = twin.asked;
      }
      d.from = d.to = 0;
      d.point = rng_.unit() * static_cast<double>(span) / 2;
      d.end = Kind::info;
      d.cut = true;
      d.effect = rng_.chance(0.8);
    }
  }

  Draft draft() {
    Draft d;
    d.key = shape_.keys > 1 ? "k" + std::to_string(rng_.below(shape_.keys)) : "";
    const auto kind = rng_.below(shape_.cas ? 10 : 7);
    d.f = kind < 4 ? "read" : kind < 7 ? "write" : "cas";
    if (d.f == "write") d.asked = written();
    if (d.f == "cas") {
      const Value old = seen();
      d.asked = Value(Value::List{old, written()});
    }
    const auto span = static_cast<std::int64_t>(2 * shape_.calls);
    const std::int64_t scale = shape_.ties ? 1 : 1000;
    d.from = rng_.between(0, span * scale);
    d.to = d.from + rng_.between(shape_.ties ? 0 : 1, rng_.between(1, span) * scale);
    const double length = static_cast<double>(d.to - d.from);
    d.point = static_cast<double>(d.from) + rng_.unit() * length;
    if (rng_.chance(shape_.unknown)) {
      d.end = Kind::info;
      d.cut = rng_.chance(0.5);
      d.effect = rng_.chance(0.6);
      if (rng_.chance(0.5)) d.point += rng_.unit() * static_cast<double>(span * scale);
    } else if (rng_.chance(shape_.failed)) {
      d.end = Kind::fail;
      d.error = "refused before it was sent";
      d.effect = false;
    }
    return d;
  }

  Value written() {
    if (rng_.chance(shape_.nil_writes)) return {};
    if (shape_.unique) return Value(++last_);
    return Value(rng_.between(1, shape_.values));
  }
  Value seen() {
    const std::int64_t most = shape_.unique ? last_ + 1 : shape_.values;
    const std::int64_t value = rng_.between(0, most);
    return value == 0 ? Value() : Value(value);
  }
  static void refuse(Draft& d) {
    d.end = Kind::fail;
    d.error = compare_failed;
  }

  void lie() {
    for (auto count = rng_.below(3); count > 0; --count) {
      Draft& d = drafts_[rng_.below(drafts_.size())];
      if (d.f == "read") d.answer = seen();
      if (d.f == "cas" && rng_.chance(0.5))
        d.asked = Value(Value::List{seen(), d.asked.as_list()[1]});
      if (d.f == "cas" && d.end == Kind::ok && shape_.refusals && rng_.chance(0.5)) {
        refuse(d);
      } else if (d.f == "cas" && d.error == compare_failed && rng_.chance(0.3)) {
        d.end = Kind::ok;
        d.error.clear();
      }
      Draft& other = drafts_[rng_.below(drafts_.size())];
      if (d.f == "read" && other.f == "read" && rng_.chance(0.3)) std::swap(d.answer, other.answer);
    }
  }

  Rng& rng_;
  const Shape& shape_;
  std::int64_t last_ = 0;
  std::vector<Draft> drafts_;
};

}  // namespace

Shape random_shape(Rng& rng) {
  Shape shape;
  shape.calls = 1 + rng.below(9);
  shape.unique = rng.chance(0.5);
  shape.values = rng.between(1, 4);
  shape.cas = rng.chance(0.75);
  shape.refusals = rng.chance(0.5);
  shape.unknown = rng.chance(0.3) ? 0 : rng.unit() * 0.5;
  shape.failed = rng.chance(0.5) ? 0 : 0.15;
  shape.nil_writes = rng.chance(0.7) ? 0 : 0.1;
  shape.ties = rng.chance(0.5);
  shape.lies = rng.chance(0.6);
  shape.chaos = rng.chance(0.2);
  shape.keys = rng.chance(0.9) ? 1 : 2;
  shape.hoard = rng.chance(0.1);
  if (shape.hoard) {
    shape.calls = 6 + rng.below(6);
    shape.unique = false;
    shape.chaos = false;
  }
  return shape;
}

std::vector<Op> random_history(Rng& rng, const Shape& shape) { return Maker(rng, shape).make(); }

std::vector<Op> long_history(Rng& rng, const Load& load) {
  struct Client {
    std::int64_t free_at;
    std::size_t number;
    bool operator>(const Client& other) const {
      return std::tie(free_at, number) > std::tie(other.free_at, other.number);
    }
  };
  std::priority_queue<Client, std::vector<Client>, std::greater<>> clients;
  for (std::size_t i = 0; i < load.clients; ++i) clients.push({rng.between(0, 1000), i});
  std::vector<Draft> drafts;
  std::int64_t last = 0;
  const auto value = [&] { return load.values ? rng.between(1, load.values) : ++last; };
  while (drafts.size() < load.calls) {
    const Client client = clients.top();
    clients.pop();
    Draft d;
    d.from = client.free_at;
    d.to = d.from + rng.between(100, 1100);
    d.point = static_cast<double>(d.from) + rng.unit() * static_cast<double>(d.to - d.from);
    if (load.keys > 1) d.key = "k" + std::to_string(rng.below(load.keys));
    d.f = rng.chance(load.reads) ? "read" : rng.chance(load.cas) ? "cas" : "write";
    if (d.f != "read") d.asked = Value(value());
    if (d.f != "read" && rng.chance(load.unknown)) {
      d.end = Kind::info;
      d.effect = rng.chance(0.5);
      if (rng.chance(0.3)) d.point += rng.unit() * 20'000;
    }
    clients.push({d.to + rng.between(1, 200), client.number});
    drafts.push_back(std::move(d));
  }
  std::vector<Draft*> order;
  for (Draft& d : drafts) order.push_back(&d);
  std::sort(order.begin(), order.end(),
            [](const Draft* a, const Draft* b) { return a->point < b->point; });
  std::map<std::string, Value> state;
  for (Draft* d : order) {
    Value& held = state[d->key];
    if (d->f == "cas")
      d->asked = Value(Value::List{rng.chance(0.75) ? held : Value(last + 1), d->asked});
    if (!d->effect) continue;
    if (d->f == "write") held = d->asked;
    if (d->f == "read") d->answer = held;
    if (d->f != "cas") continue;
    if (d->asked.as_list()[0] == held) {
      held = d->asked.as_list()[1];
    } else if (d->end == Kind::ok) {
      d->end = Kind::fail;
      d->error = load.refusals ? std::string(compare_failed) : "conflict";
    }
  }
  return events_of(drafts, rng);
}

}  // namespace clew::testing
