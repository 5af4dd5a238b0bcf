#include "tests/checkers/models/model_fuzz.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <tuple>

#include "checkers/certificate.h"
#include "checkers/linearizable.h"
#include "checkers/models/append_list.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/counter.h"
#include "checkers/models/fenced_lock.h"
#include "checkers/models/fifo_queue.h"
#include "checkers/models/kv.h"
#include "checkers/models/multi_register.h"
#include "checkers/models/mutex.h"
#include "checkers/models/owner_mutex.h"
#include "checkers/models/rw_register.h"
#include "checkers/models/set.h"
#include "checkers/models/unordered_queue.h"
#include "checkers/models/versioned_register.h"
#include "harness/history_file.h"
#include "tests/checkers/agreement.h"
#include "tests/checkers/models/programs.h"
#include "tests/support/verifier.h"

namespace clew::testing {
namespace {

struct Draft : Attempt {
  double point = 0;  // Where it takes effect, if it does.
  bool effect = true;
  bool failed = false;  // Certainly did not happen.
  bool cut = false;     // Its completion is missing.
  bool ended() const { return certain || !cut; }
};

// A small history of any subject: made valid by running it in a random order,
// then some answers are replaced.
class Maker {
 public:
  Maker(Rng& rng, const Subject& subject) : rng_(rng), subject_(subject) {}

  void make() {
    const std::size_t calls = 1 + rng_.below(9);
    const bool hoard = rng_.chance(0.15);
    unknown_ = rng_.chance(0.4) ? 0 : rng_.unit() * 0.5;
    failed_ = rng_.chance(0.6) ? 0 : 0.15;
    ties_ = rng_.chance(0.5);
    for (std::size_t i = 0; i < calls; ++i) draft(calls);
    if (hoard) this->hoard();
    place();
    const bool chaos = rng_.chance(0.15);
    if (chaos) {
      for (Draft& d : drafts_) d.answer = subject_.lie(rng_, d);
    } else {
      simulate();
      honest_ = rng_.chance(0.4);
      if (!honest_)
        for (auto lies = 1 + rng_.below(3); lies > 0; --lies) lie();
    }
    record();
  }

  bool honest() const { return honest_; }
  const std::vector<Op>& ops() const { return ops_; }
  // Those that count, and for each the index of its invocation.
  std::vector<Attempt> attempts() const {
    std::vector<Attempt> out;
    for (const Draft& d : drafts_)
      if (!d.failed) out.push_back(d);
    return out;
  }
  std::vector<std::int64_t> indices() const {
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      if (!drafts_[i].failed) out.push_back(index_[i]);
    return out;
  }

 private:
  struct Place {
    std::int64_t time;
    std::uint64_t tie;
    std::size_t draft;
    bool end;
  };

  void draft(std::size_t calls) {
    Draft d;
    subject_.ask(rng_, d);
    const auto span = static_cast<std::int64_t>(2 * calls);
    const std::int64_t scale = ties_ ? 1 : 1000;
    d.from = rng_.between(0, span * scale);
    d.to = d.from + rng_.between(ties_ ? 0 : 1, rng_.between(1, span) * scale);
    d.point = static_cast<double>(d.from) + rng_.unit() * static_cast<double>(d.to - d.from);
    if (rng_.chance(unknown_)) {
      d.certain = false;
      d.cut = rng_.chance(0.5);
      d.effect = rng_.chance(0.6);
      if (rng_.chance(0.5)) d.point += rng_.unit() * static_cast<double>(span * scale);
    } else if (rng_.chance(failed_)) {
      d.failed = true;
      d.effect = false;
    }
    drafts_.push_back(std::move(d));
  }

  // Half of the calls are unknown from the start, and the others come one by one.
  void hoard() {
    const std::size_t unknown = drafts_.size() / 2;
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      Draft& d = drafts_[i];
      d.certain = d.effect = i >= unknown;
      d.failed = d.cut = false;
      if (d.certain) {
        d.from = 3 * static_cast<std::int64_t>(i - unknown) + 1;
        d.to = d.from + 1;
        d.point = static_cast<double>(d.from) + rng_.unit();
      } else {
        d.cut = true;
        d.from = d.to = 0;
        d.effect = rng_.chance(0.8);
        d.point = rng_.unit() * static_cast<double>(2 * drafts_.size());
      }
    }
  }

  // Orders the events, and gives processes to calls, anew after unknown outcomes.
  void place() {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      const Draft& d = drafts_[i];
      const std::uint64_t tie = rng_.next() >> 1;
      places_.push_back({d.from, tie, i, false});
      // A call of no length begins before it ends.
      if (d.ended()) places_.push_back({d.to, d.from == d.to ? tie + 1 : rng_.next(), i, true});
    }
    std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
      return std::tie(a.time, a.tie) < std::tie(b.time, b.tie);
    });
    std::vector<std::int64_t> idle;
    std::int64_t fresh = 0;
    for (const Place& place : places_) {
      Draft& d = drafts_[place.draft];
      if (place.end) {
        if (d.certain) idle.push_back(d.process);
        continue;
      }
      if (idle.empty()) idle.push_back(fresh++);
      const std::size_t pick = rng_.below(idle.size());
      d.process = idle[pick];
      idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(pick));
    }
  }

  void simulate() {
    std::vector<Draft*> order;
    for (Draft& d : drafts_)
      if (d.effect) order.push_back(&d);
    std::sort(order.begin(), order.end(),
              [](const Draft* a, const Draft* b) { return a->point < b->point; });
    Value state = subject_.start();
    for (Draft* d : order) {
      const auto outcomes = subject_.outcomes(state, *d);
      if (outcomes.empty()) throw std::runtime_error("the program is at a loss");
      const Outcome& outcome = outcomes[rng_.below(std::min<std::size_t>(outcomes.size(), 3))];
      d->answer = subject_.hide(rng_, *d, outcome.answer);
      state = outcome.next;
    }
  }

  void lie() {
    Draft& d = drafts_[rng_.below(drafts_.size())];
    const Draft& other = drafts_[rng_.below(drafts_.size())];
    if (d.f == other.f && d.certain && other.certain && !other.failed && d.asked == other.asked &&
        rng_.chance(0.4)) {
      d.answer = other.answer;
    } else {
      d.answer = subject_.lie(rng_, d);
    }
  }

  void record() {
    index_.assign(drafts_.size(), -1);
    for (const Place& place : places_) {
      const Draft& d = drafts_[place.draft];
      Op op;
      op.index = static_cast<std::int64_t>(ops_.size());
      op.time = Nanos(place.time);
      op.f = d.f;
      op.key = subject_.key();
      op.value = d.asked;
      op.process = d.process;
      if (!place.end) {
        index_[place.draft] = op.index;
      } else if (d.failed) {
        op.kind = Kind::fail;
        op.error = "never sent";
      } else if (!d.certain) {
        op.kind = Kind::info;
      } else {
        const Ending ending = subject_.written(rng_, d);
        op.kind = ending.kind;
        op.value = ending.value;
        op.error = ending.error;
      }
      ops_.push_back(std::move(op));
    }
  }

  Rng& rng_;
  const Subject& subject_;
  double unknown_ = 0, failed_ = 0;
  bool ties_ = false, honest_ = false;
  std::vector<Draft> drafts_;
  std::vector<Place> places_;
  std::vector<std::int64_t> index_;  // Of each draft's invocation.
  std::vector<Op> ops_;
};

template <Model M>
void each_engine(const std::vector<Op>& ops, bool expected, ModelFuzzCount& count) {
  const History history(ops);
  const auto parts = partition(history);
  if (parts.size() != 1) throw std::runtime_error("the history has several keys");
  auto key = normalise<M>(history, parts[0], FailMeans::observed);
  const Budget budget;
  const auto& calls = key.calls;
  if constexpr (requires { M::decide(calls, budget); })
    count.polynomial +=
        agrees<M>("the polynomial decider", M::decide(calls, budget), calls, expected);
  count.frontier += agrees<M>("frontier", Frontier<M>(calls, key.values.size(), budget).decide(),
                              calls, expected);
  count.wgl += agrees<M>("wgl", Wgl<M>(calls, budget, 1'000'000).decide(), calls, expected);
}

// The units of calls in `all` that have none in `some`, and began before `end`.
std::vector<std::string> left_out(const std::vector<Attempt>& all, const std::vector<Attempt>& some,
                                  std::int64_t end, const Subject& subject) {
  std::vector<std::string> gone;
  for (const Attempt& call : all) {
    const std::string unit = subject.unit(call);
    const bool says_nothing = !call.certain && call.f == "contains";
    bool in = unit.empty() || call.from > end || says_nothing;
    for (const Attempt& other : some) in |= subject.unit(other) == unit;
    if (!in) gone.push_back(unit);
  }
  return gone;
}

// The calls of a counterexample have no order, and neither has any set of calls
// that they are part of, if it has all calls of each unit or none. (A register's
// is explained by calls that it contains, not by all of a kind.)
void judge_core(const Counterexample& example, const Maker& made, const Subject& subject,
                bool is_register, Rng& rng) {
  if (example.anomaly.empty() || example.sentence.empty() || example.let_then.empty())
    throw std::runtime_error("the counterexample lacks words");
  if (example.order.size() + example.blocked.size() != example.calls.size() ||
      example.blocked.empty())
    throw std::runtime_error("a call of the counterexample is neither placed nor blocked");
  const std::vector<Attempt> all = made.attempts();
  const std::vector<std::int64_t> indices = made.indices();
  std::int64_t end = 0;  // Of the counterexample: nothing after it can explain it.
  for (const ShownCall& call : example.calls)
    if (call.returned != Nanos::max()) end = std::max(end, call.returned.count());
  for (int round = 0; round < (is_register ? 1 : 3); ++round) {
    std::map<std::string, bool> back;
    std::vector<Attempt> some;
    for (std::size_t i = 0; i < all.size(); ++i) {
      bool in = false;
      for (const ShownCall& call : example.calls) in |= call.index == indices[i];
      const std::string unit = subject.unit(all[i]);
      if (round > 0 && !in)
        in = unit.empty() ? rng.chance(0.5) : back.try_emplace(unit, rng.chance(0.5)).first->second;
      if (in) some.push_back(all[i]);
    }
    std::vector<std::string> gone = left_out(all, some, end, subject);
    for (Attempt& call : some) call.answer = subject.forget(call, gone);
    if (any_order(some, subject))
      throw std::runtime_error(round == 0 ? "the counterexample has an order"
                                          : "calls that it leaves out explain the counterexample");
  }
}

// As others see it.
void judge_certificate(const std::vector<Op>& ops, const Verdict& verdict, ModelFuzzCount& count) {
  const std::string history = drawn(ops);
  const std::string proof =
      certificate_json(verdict, {"fuzz", ops.size(), fnv1a64(history)}, FailMeans::observed);
  const Verified told = verified(history, proof);
  if (told.code != 0) throw std::runtime_error("clew-verify: " + told.line + "\n" + proof);
  ++count.certificates;
}

template <Model M>
std::string once(Rng& rng, ModelFuzzCount& count) {
  const auto subject = testing::subject(std::string(M::name), rng.next() >> 8);
  Maker made(rng, *subject);
  made.make();
  bool expected = false;
  try {
    expected = any_order(made.attempts(), *subject);
    if (!expected && made.honest())
      throw std::runtime_error("a history that is valid by construction has no order");
    each_engine<M>(made.ops(), expected, count);
    Limits limits;
    limits.threads = 1;
    limits.proofs = true;
    const Verdict verdict = linearizable<M>()->check(History(made.ops()), limits, {});
    if (verdict.outcome == clew::Outcome::unknown)
      throw std::runtime_error("the checker does not know: " + verdict.cause);
    if ((verdict.outcome == clew::Outcome::valid) != expected)
      throw std::runtime_error("the checker says " + std::string(to_string(verdict.outcome)));
    judge_certificate(made.ops(), verdict, count);
    const Judge judge = [&](const std::vector<Op>& kin) {
      return linearizable<M>()->check(History(kin), limits, {}).outcome;
    };
    for (int i = 0; i < 2; ++i)
      judge_kin(std::string(M::name), made.ops(), expected, rng, judge, count.kin);
    if (!expected && verdict.counterexamples.empty())
      throw std::runtime_error("there is no counterexample");
    for (const Counterexample& example : verdict.counterexamples) {
      judge_core(example, made, *subject, KnowsRegister<M>, rng);
      ++count.cores;
    }
  } catch (const std::exception& error) {
    return std::string(error.what()) + "; all orders: " + (expected ? "valid" : "invalid") + "\n" +
           drawn(made.ops());
  }
  ++count.histories;
  count.valid += expected;
  return {};
}

using Once = std::string (*)(Rng&, ModelFuzzCount&);

template <Model... Ms>
std::map<std::string, Once> table() {
  return {{std::string(Ms::name), &once<Ms>}...};
}

const std::map<std::string, Once>& all() {
  static const auto models =
      table<CasRegister, RwRegister, VersionedRegister, MultiRegister, MultiRegisterFromZero, Kv,
            Mutex, OwnerMutex, FencedLock, FifoQueue, UnorderedQueue, Set, Counter, AppendList>();
  return models;
}

}  // namespace

std::vector<std::string> fuzzed_models() {
  std::vector<std::string> names;
  for (const auto& [name, once] : all()) names.push_back(name);
  return names;
}

std::string model_fuzz_once(const std::string& model, Rng& rng, ModelFuzzCount& count) {
  return all().at(model)(rng, count);
}

}  // namespace clew::testing
