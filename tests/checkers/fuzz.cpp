#include "tests/checkers/fuzz.h"

#include <stdexcept>

#include "checkers/certificate.h"
#include "checkers/crew.h"
#include "checkers/lazy.h"
#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/rw_register.h"
#include "checkers/register_judge.h"
#include "harness/history_file.h"
#include "tests/checkers/agreement.h"
#include "tests/support/brute_force.h"
#include "tests/support/random_history.h"
#include "tests/support/verifier.h"

namespace clew::testing {
namespace {

// The same register by a model that has no optional face but what it needs to
// understand refusals: as a model of anything else would be.
struct Opaque {
  static constexpr std::string_view name = "opaque";
  static constexpr auto functions = CasRegister::functions;
  using State = CasRegister::State;
  using Input = CasRegister::Input;
  using Output = CasRegister::Output;
  static State initial() { return CasRegister::initial(); }
  static Output apply(State& state, const Input& input) { return CasRegister::apply(state, input); }
  static std::size_t hash(const State& state) { return CasRegister::hash(state); }
  static std::size_t hash(const Input& input) { return CasRegister::hash(input); }
  static std::optional<Input> parse_input(const Op& op, Values& values) {
    return CasRegister::parse_input(op, values);
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    return CasRegister::parse_output(input, op, values);
  }
  static std::optional<Output> refused(const Input& input) { return CasRegister::refused(input); }
  static std::string show(const State& state, const Values& values) {
    return CasRegister::show(state, values);
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    return CasRegister::show(input, output, values);
  }
};
static_assert(Model<Opaque> && !KnowsPurity<Opaque> && !KnowsRegister<Opaque>);

// What is found does not depend on how many search.
template <class Decide>
Finding shared(Rng& rng, const Decide& decide) {
  Budget budget;
  budget.worth_sharing = 1 + rng.below(3);
  const Finding alone = decide(budget);
  static Crew crew(3);
  budget.crew = &crew;
  const Finding together = decide(budget);
  if (together.answer != alone.answer || together.order != alone.order ||
      together.suspects != alone.suspects || together.configurations != alone.configurations)
    throw std::runtime_error("three threads find something else than one");
  return together;
}

template <Model M>
void each_engine(Rng& rng, const History& history, bool expected, FuzzCount& count) {
  const auto parts = partition(history);
  if (parts.size() != 1) return;
  auto key = normalise<M>(history, parts[0], FailMeans::observed);
  const Budget budget;
  const auto& calls = key.calls;
  if constexpr (KnowsRegister<M>) {
    const auto acts = register_calls<M>(calls);
    count.zones += agrees<M>("zones", decide_by_zones(acts, key.values.size()), calls, expected);
    count.lazy += agrees<M>("lazy", decide_lazily(acts, budget), calls, expected);
    const auto decide = [&](const Budget& given) { return decide_lazily(acts, given); };
    if (rng.chance(0.5)) agrees<M>("shared lazy", shared(rng, decide), calls, expected);
  }
  count.frontier += agrees<M>("frontier", Frontier<M>(calls, key.values.size(), budget).decide(),
                              calls, expected);
  count.wgl += agrees<M>("wgl", Wgl<M>(calls, budget, 1'000'000).decide(), calls, expected);
}

// While it is made: sooner or later the same, or no telling.
void stream(Rng& rng, const std::vector<Op>& ops, bool expected, FuzzCount& count) {
  RegisterJudge<CasRegister> judge(FailMeans::observed, {1 + rng.below(6), 0}, rng.below(3));
  // Some live in slow motion, so that time makes keys go on.
  const std::int64_t slow = rng.chance(0.5) ? 1 : 100'000'000;
  for (Op op : ops) {
    op.time *= slow;
    judge.feed(op);
  }
  judge.finish();
  ++count.streams;
  count.unsure += judge.outcome() == Outcome::unknown;
  if (judge.outcome() != Outcome::unknown && (judge.outcome() == Outcome::valid) != expected)
    throw std::runtime_error(std::string("the stream says ") +
                             std::string(to_string(judge.outcome())));
}

// For each event of the file, the call of the counterexample it belongs to; -1: none.
std::vector<int> owners(const std::vector<Op>& ops, const Counterexample& example) {
  const History history(ops);
  std::vector<int> owner(ops.size(), -1);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (std::size_t c = 0; c < example.calls.size(); ++c) {
      if (history.ops()[i].index != example.calls[c].index) continue;
      owner[static_cast<std::size_t>(history.ops()[i].index)] = static_cast<int>(c);
      const std::size_t end = history.completion(i);
      if (end != History::none)
        owner[static_cast<std::size_t>(history.ops()[end].index)] = static_cast<int>(c);
    }
  }
  return owner;
}

// The calls of a counterexample by themselves, less one.
std::vector<Op> alone(const std::vector<Op>& ops, const Counterexample& example, int left_out) {
  const auto owner = owners(ops, example);
  std::vector<Op> out;
  for (std::size_t i = 0; i < ops.size(); ++i)
    if (owner[i] >= 0 && owner[i] != left_out) out.push_back(ops[i]);
  return out;
}

// The calls of a counterexample among all that was ever written: what the other
// calls saw is forgotten, and their swaps become writes.
std::vector<Op> among_writes(const std::vector<Op>& ops, const Counterexample& example) {
  const auto owner = owners(ops, example);
  std::vector<Op> out;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    Op op = ops[i];
    if (op.key != example.key) continue;
    if (owner[i] < 0) {
      if (op.f == "read") continue;
      if (op.f == "cas") {
        if (op.value.as_list()[0] == op.value.as_list()[1]) continue;  // Writes nothing new.
        op.f = "write";
        op.value = Value(op.value.as_list()[1]);
        if (op.error == compare_failed) op.error = "refused";
      }
    }
    out.push_back(std::move(op));
  }
  return out;
}

void judge_core(const std::vector<Op>& ops, const Counterexample& example, bool minimal) {
  const int nobody = static_cast<int>(example.calls.size());
  if (has_order(History(alone(ops, example, nobody))))
    throw std::runtime_error("the counterexample has an order");
  if (has_order(History(among_writes(ops, example))))
    throw std::runtime_error("calls that the counterexample leaves out explain it");
  if (example.anomaly.empty() || example.sentence.empty() || example.let_then.empty())
    throw std::runtime_error("the counterexample lacks words");
  if (example.order.size() + example.blocked.size() != example.calls.size() ||
      example.blocked.empty())
    throw std::runtime_error("a call of the counterexample is neither placed nor blocked");
  for (const Blocked& blocked : example.blocked)
    if (blocked.reason.empty()) throw std::runtime_error("a blocked call lacks a reason");
  if (!minimal) return;
  if (!example.minimal) throw std::runtime_error("the counterexample is not minimal");
  // Without an observation, the rest must have an order; it cannot take a source away.
  for (int c = 0; c < nobody; ++c)
    if (example.calls[static_cast<std::size_t>(c)].f == "read" &&
        !has_order(History(alone(ops, example, c))))
      throw std::runtime_error("the counterexample does not need call " + std::to_string(c));
}

void judge_certificate(const std::string& history, std::size_t events, Verdict verdict,
                       FuzzCount& count) {
  if (verdict.model == "opaque") verdict.model = "cas-register";  // What it is, to others.
  const std::string proof =
      certificate_json(verdict, {"fuzz", events, fnv1a64(history)}, FailMeans::observed);
  const Verified told = verified(history, proof);
  if (told.code != 0) throw std::runtime_error("clew-verify: " + told.line + "\n" + proof);
  ++(verdict.outcome == Outcome::valid ? count.orders : count.condemned);
}

template <Model M>
void whole_checker(Rng& rng, const std::vector<Op>& ops, bool expected, FuzzCount& count,
                   const LinearizableOptions& options) {
  Limits limits;
  limits.threads = 1;
  limits.proofs = true;
  const Verdict verdict = linearizable<M>(options)->check(History(ops), limits, {});
  if (verdict.outcome == Outcome::unknown)
    throw std::runtime_error("the checker does not know: " + verdict.cause);
  if ((verdict.outcome == Outcome::valid) != expected)
    throw std::runtime_error("the checker says " + std::string(to_string(verdict.outcome)));
  judge_certificate(drawn(ops), ops.size(), verdict, count);
  const Judge judge = [&](const std::vector<Op>& kin) {
    return linearizable<M>(options)->check(History(kin), limits, {}).outcome;
  };
  judge_kin(std::string(M::name), ops, expected, rng, judge, count.kin);
  if (!expected && verdict.counterexamples.empty())
    throw std::runtime_error("there is no counterexample");
  for (const Counterexample& example : verdict.counterexamples) {
    judge_core(ops, example, KnowsRegister<M>);
    ++count.cores;
    if (KnowsRegister<M>) ++(example.anomaly == "non-linearizable" ? count.unnamed : count.named);
  }
}

}  // namespace

std::string fuzz_once(Rng& rng, FuzzCount& count) {
  const Shape shape = random_shape(rng);
  const std::vector<Op> ops = random_history(rng, shape);
  bool expected = false;
  try {
    const History history(ops);
    expected = has_order(history);
    if (!expected && !shape.lies && !shape.chaos)
      return "a history that is valid by construction has no order:\n" + drawn(ops);
    each_engine<CasRegister>(rng, history, expected, count);
    stream(rng, ops, expected, count);
    LinearizableOptions options;
    if (rng.chance(0.3)) options.engine = Engine::frontier;
    whole_checker<CasRegister>(rng, ops, expected, count, options);
    if (shape.calls <= 6) {
      each_engine<Opaque>(rng, history, expected, count);
      whole_checker<Opaque>(rng, ops, expected, count, options);
    }
    if (!shape.cas) {
      each_engine<RwRegister>(rng, history, expected, count);
      whole_checker<RwRegister>(rng, ops, expected, count, options);
    }
  } catch (const std::exception& error) {
    return std::string(error.what()) + "; all orders: " + (expected ? "valid" : "invalid") + "\n" +
           drawn(ops);
  }
  ++count.histories;
  count.valid += expected;
  return {};
}

}  // namespace clew::testing
