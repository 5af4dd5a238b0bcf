#include "tests/checkers/fuzz.h"

#include <stdexcept>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/rw_register.h"
#include "harness/history_file.h"
#include "tests/support/brute_force.h"
#include "tests/support/random_history.h"

namespace clew::testing {
namespace {

std::string drawn(const std::vector<Op>& ops) {
  std::string out;
  for (const Op& op : ops) append_history_line(out, op);
  return out;
}

// Throws when the engine's answer is not `expected`; "not applicable" is none.
template <Model M>
bool agrees(const char* engine, const Finding& finding, const std::vector<Call<M>>& calls,
            bool expected) {
  if (finding.answer == Answer::not_applicable) return false;
  const bool valid = finding.answer == Answer::valid;
  if (finding.answer == Answer::unknown || valid != expected)
    throw std::runtime_error(std::string(engine) + " says " + (valid ? "valid" : "invalid"));
  if (valid && !explains<M>(calls, finding.order))
    throw std::runtime_error(std::string(engine) + " gives an order that explains nothing");
  return true;
}

template <Model M>
void each_engine(const History& history, bool expected, FuzzCount& count) {
  const auto parts = partition(history);
  if (parts.size() != 1) return;
  auto key = normalise<M>(history, parts[0], FailMeans::observed);
  const Budget budget;
  const auto& calls = key.calls;
  count.zones += agrees<M>("zones", decide_by_zones(register_calls<M>(calls), key.values.size()),
                           calls, expected);
  count.frontier += agrees<M>("frontier", Frontier<M>(calls, key.values.size(), budget).decide(),
                              calls, expected);
  count.wgl += agrees<M>("wgl", Wgl<M>(calls, budget, 1'000'000).decide(), calls, expected);
}

// The calls of a counterexample by themselves, in the order of the file.
std::vector<Op> alone(const std::vector<Op>& ops, const Counterexample& example,
                      std::size_t left_out) {
  const History history(ops);
  std::vector<std::uint8_t> keep(ops.size(), 0);
  for (std::size_t c = 0; c < example.calls.size(); ++c) {
    if (c == left_out) continue;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (history.ops()[i].index != example.calls[c].index) continue;
      keep[static_cast<std::size_t>(history.ops()[i].index)] = 1;
      const std::size_t end = history.completion(i);
      if (end != History::none) keep[static_cast<std::size_t>(history.ops()[end].index)] = 1;
    }
  }
  std::vector<Op> out;
  for (const Op& op : ops)
    if (keep[static_cast<std::size_t>(op.index)]) out.push_back(op);
  return out;
}

void judge_core(const std::vector<Op>& ops, const Counterexample& example) {
  const std::size_t nobody = example.calls.size();
  if (has_order(History(alone(ops, example, nobody))))
    throw std::runtime_error("the counterexample has an order");
  if (!example.minimal) throw std::runtime_error("the counterexample is not minimal");
  if (example.anomaly.empty() || example.sentence.empty() || example.let_then.empty())
    throw std::runtime_error("the counterexample lacks words");
  if (example.order.size() + example.blocked.size() != example.calls.size() ||
      example.blocked.empty())
    throw std::runtime_error("a call of the counterexample is neither placed nor blocked");
  for (const Blocked& blocked : example.blocked)
    if (blocked.reason.empty()) throw std::runtime_error("a blocked call lacks a reason");
  // Without an observation, the rest must have an order; it cannot take a source away.
  for (std::size_t c = 0; c < nobody; ++c)
    if (example.calls[c].f == "read" && !has_order(History(alone(ops, example, c))))
      throw std::runtime_error("the counterexample does not need call " + std::to_string(c));
}

template <Model M>
void whole_checker(const std::vector<Op>& ops, bool expected, FuzzCount& count,
                   const LinearizableOptions& options) {
  Limits limits;
  limits.threads = 1;
  const Verdict verdict = linearizable<M>(options)->check(History(ops), limits, {});
  if (verdict.outcome == Outcome::unknown)
    throw std::runtime_error("the checker does not know: " + verdict.cause);
  if ((verdict.outcome == Outcome::valid) != expected)
    throw std::runtime_error("the checker says " + std::string(to_string(verdict.outcome)));
  if (!expected && verdict.counterexamples.empty())
    throw std::runtime_error("there is no counterexample");
  for (const Counterexample& example : verdict.counterexamples) {
    judge_core(ops, example);
    ++count.cores;
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
    each_engine<CasRegister>(history, expected, count);
    LinearizableOptions options;
    if (rng.chance(0.3)) options.engine = Engine::frontier;
    whole_checker<CasRegister>(ops, expected, count, options);
    if (!shape.cas) {
      each_engine<RwRegister>(history, expected, count);
      whole_checker<RwRegister>(ops, expected, count, options);
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
