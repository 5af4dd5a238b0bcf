#include "tests/checkers/models/large.h"

#include <algorithm>
#include <stdexcept>

#include "checkers/models.h"
#include "tests/checkers/agreement.h"
#include "tests/checkers/models/programs.h"
#include "tests/checkers/models/subjects.h"

namespace clew::testing {
namespace {

// A call of no length begins before it ends, and calls of a process follow one another.
void by_time(std::vector<Op>& ops) {
  std::stable_sort(ops.begin(), ops.end(),
                   [](const Op& a, const Op& b) { return a.time < b.time; });
  for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
}

struct Draft : Attempt {
  std::int64_t point = 0;  // Where it takes effect, if it does.
  bool effect = true;
  bool failed = false;  // Certainly did not happen.
};

// What a model's object did for its clients: each does one call after the other.
class Service {
 public:
  Service(Rng& rng, const Subject& subject) : rng_(rng), subject_(subject) {
    const std::size_t clients = 2 + rng.below(10), calls = 100 + rng.below(300);
    unknown_ = rng.chance(0.4) ? 0 : rng.unit() * 0.06;
    for (std::size_t client = 0; client < clients; ++client) work(calls / clients);
    std::stable_sort(drafts_.begin(), drafts_.end(),
                     [](const Draft& a, const Draft& b) { return a.point < b.point; });
    serve();
    record();
  }

  const std::vector<Op>& ops() const { return ops_; }
  const std::vector<Draft>& drafts() const { return drafts_; }
  const Value& last() const { return state_; }  // What the object is in the end.

 private:
  void work(std::size_t calls) {
    std::int64_t now = rng_.between(0, 50), process = fresh_++;
    for (std::size_t i = 0; i < calls; ++i) {
      Draft d;
      subject_.ask(rng_, d);
      d.process = process;
      d.from = now + rng_.between(1, 60);
      d.to = d.from + rng_.between(0, 100);
      d.point = rng_.between(d.from, d.to);
      d.certain = !rng_.chance(unknown_);
      d.failed = d.certain && rng_.chance(0.02);
      d.effect = d.certain ? !d.failed : rng_.chance(0.6);
      if (!d.certain) {
        process = fresh_++;
        if (rng_.chance(0.5)) d.point += rng_.between(0, 2'000);
      }
      now = d.to;
      drafts_.push_back(std::move(d));
    }
  }

  // In the order of their effects.
  void serve() {
    state_ = subject_.start();
    for (Draft& d : drafts_) {
      if (!d.effect) continue;
      const auto outcomes = subject_.outcomes(state_, d);
      if (outcomes.empty()) throw std::runtime_error("the program is at a loss");
      const Outcome& outcome = outcomes[rng_.below(std::min<std::size_t>(outcomes.size(), 3))];
      d.answer = subject_.hide(rng_, d, outcome.answer);
      state_ = outcome.next;
    }
  }

  void record() {
    for (const Draft& d : drafts_) {
      Op op;
      op.time = Nanos(d.from);
      op.process = d.process;
      op.f = d.f;
      op.key = subject_.key();
      op.value = d.asked;
      ops_.push_back(op);
      op.time = Nanos(d.to);
      op.kind = d.failed ? Kind::fail : Kind::info;
      if (d.certain && !d.failed) {
        const Ending ending = subject_.written(rng_, d);
        op.kind = ending.kind;
        op.value = ending.value;
        op.error = ending.error;
      }
      ops_.push_back(op);
    }
    by_time(ops_);
  }

  Rng& rng_;
  const Subject& subject_;
  double unknown_ = 0;
  std::int64_t fresh_ = 0;
  std::vector<Draft> drafts_;
  std::vector<Op> ops_;
  Value state_;
};

// One acknowledged call of a stranger.
struct Said {
  const char* f;
  Value asked{};
  Value answer{};
};
// What a stranger did, call after call. Nobody else uses the values `a`, `b` and `never`.
struct Lie {
  std::vector<Said> calls;
  bool after_all = false;  // Else at any time.
};

const Value a(900'001), b(900'002), never(900'003);

Value txn(const char* f, const Value& value) {
  return List{Value(List{Value(f), Value("x"), value})};
}

Lie register_lie(Rng& rng, const std::string& model) {
  if (rng.chance(0.3)) return {{{"read", {}, never}}};
  if (model == "cas-register" && rng.chance(0.5))
    return {{{"write", a}, {"cas", List{a, b}}, {"cas", List{a, never}}}};
  return {{{"write", a}, {"write", b}, {"read", {}, a}}};
}

Lie versioned_lie(Rng& rng) {
  const auto seen = [](const char* what, const Value& value) {
    return Value::object({{what, value}});
  };
  if (rng.chance(0.3)) return {{{"read", {}, seen("version", 100'000)}}};
  if (rng.chance(0.4))
    return {{{"write", a, seen("version", 3)}, {"write", b, seen("version", 3)}}};
  return {{{"write", a}, {"write", b}, {"read", {}, seen("value", a)}}};
}

Lie kv_lie(Rng& rng, bool listed) {
  const auto with = [&](const Value& value) {
    return listed ? Value(List{Value("a"), value}) : value;
  };
  const Value alone = listed ? Value(List{Value("a")}) : Value();
  if (rng.chance(0.3)) return {{{"get", alone, with(never)}}};
  return {{{"put", with(a)}, {"put", with(b)}, {"get", alone, with(a)}}};
}

// More holders than releases that may have let them in, or one token for two of them.
Lie lock_lie(const std::string& model, const Service& service) {
  const Value who = service.drafts()[0].asked;
  if (model == "fenced-lock") return {{{"acquire", who, 1'000'000}, {"acquire", who, 1'000'000}}};
  Lie lie{{}, true};
  lie.calls.assign(2, {"acquire", who, true});
  for (const Draft& d : service.drafts())
    if (!d.certain && d.f == "release") lie.calls.push_back({"acquire", who, true});
  return lie;
}

Lie queue_lie(Rng& rng, const std::string& model, const Service& service) {
  if (rng.chance(0.25)) return {{{"dequeue", {}, never}}};
  if (rng.chance(0.3)) return {{{"enqueue", a}, {"dequeue", {}, a}, {"dequeue", {}, a}}};
  if (model == "fifo-queue" && rng.chance(0.5))
    return {{{"enqueue", a}, {"enqueue", b}, {"dequeue", {}, b}, {"dequeue", {}, a}}};
  Lie lie{{{"enqueue", a}}, true};  // More than unknown calls can have taken; yet none is there.
  for (const Draft& d : service.drafts())
    if (!d.certain && d.f == "dequeue") lie.calls.push_back({"enqueue", b});
  lie.calls.push_back({"dequeue", {}, {}});
  return lie;
}

Lie set_lie(Rng& rng) {
  if (rng.chance(0.3)) return {{{"contains", never, true}}};
  if (rng.chance(0.4)) return {{{"add", a, true}, {"read", {}, List{}}}};
  return {{{"add", a, true}, {"remove", a, true}, {"contains", a, true}}};
}

// One less, or one more, than all that is known and any of the rest can make.
Lie counter_lie(Rng& rng, const Service& service) {
  std::int64_t least = 0, most = 0;
  for (const Draft& d : service.drafts()) {
    if (d.failed || d.f == "read") continue;
    const std::int64_t more = d.asked.is_nil() ? 1 : d.asked.as_int();
    if (d.certain || more < 0) least += more;
    if (d.certain || more > 0) most += more;
  }
  return {{{"read", {}, rng.chance(0.5) ? least - 1 : most + 1}}, true};
}

// An element that nobody appended, two in the wrong order, or the first that is lost.
Lie list_lie(Rng& rng, const Service& service) {
  if (rng.chance(0.3)) return {{{"read", {}, List{never}}}};
  if (rng.chance(0.5)) return {{{"append", a}, {"append", b}, {"read", {}, List{b, a}}}, true};
  List all = service.last().as_list();
  all.push_back(b);
  return {{{"append", a}, {"append", b}, {"read", {}, all}}, true};
}

Lie a_lie(Rng& rng, const std::string& model, const Subject& subject, const Service& service) {
  if (model == "register" || model == "cas-register") return register_lie(rng, model);
  if (model == "versioned-register") return versioned_lie(rng);
  if (model.starts_with("multi-register"))
    return {{{"txn", txn("w", a), txn("w", a)},
             {"txn", txn("w", b), txn("w", b)},
             {"txn", txn("r", {}), txn("r", rng.chance(0.7) ? a : never)}}};
  if (model == "kv") return kv_lie(rng, subject.key().empty());
  if (model.ends_with("lock") || model.ends_with("mutex")) return lock_lie(model, service);
  if (model.ends_with("queue")) return queue_lie(rng, model, service);
  if (model == "set") return set_lie(rng);
  if (model == "counter") return counter_lie(rng, service);
  if (model == "append-list") return list_lie(rng, service);
  throw std::runtime_error("nobody knows how to lie of " + model);
}

// The stranger's calls among the others: they take no time at all, one after the other.
std::vector<Op> with(const Lie& lie, std::vector<Op> ops, const Subject& subject, Rng& rng) {
  const Nanos end = ops.back().time;
  Nanos now = lie.after_all ? end : Nanos(rng.between(0, end.count()));
  for (const Said& said : lie.calls) {
    Op op;
    op.time = ++now;
    op.process = 1'000'000;
    op.f = said.f;
    op.key = subject.key();
    op.value = said.asked;
    ops.push_back(op);
    op.time = ++now;
    op.kind = Kind::ok;
    op.value = said.answer;
    ops.push_back(op);
  }
  by_time(ops);
  return ops;
}

clew::Outcome judged(const std::string& model, const std::vector<Op>& ops) {
  Limits limits;
  limits.threads = 1;
  limits.time = std::chrono::milliseconds(300);
  limits.memory_bytes = std::size_t{256} << 20;
  limits.counterexamples = 1;
  return linearizable_by_name(model)->check(History(ops), limits, {}).outcome;
}

}  // namespace

std::string model_large_once(const std::string& model, Rng& rng, LargeCount& count) {
  const auto subject = testing::subject(model, rng.next() >> 8);
  const Service service(rng, *subject);
  const std::vector<Op> lied =
      with(a_lie(rng, model, *subject, service), service.ops(), *subject, rng);
  const clew::Outcome honest = judged(model, service.ops()), caught = judged(model, lied);
  if (honest == clew::Outcome::invalid)
    return "a history that is valid by construction is judged invalid:\n" + drawn(service.ops());
  if (caught == clew::Outcome::valid) return "a lie is judged valid:\n" + drawn(lied);
  ++count.histories;
  count.calls += service.drafts().size();
  count.valid += honest == clew::Outcome::valid;
  count.invalid += caught == clew::Outcome::invalid;
  count.unknown += honest == clew::Outcome::unknown;
  count.unknown += caught == clew::Outcome::unknown;
  return {};
}

}  // namespace clew::testing
