#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkers/checker.h"
#include "checkers/explain.h"
#include "checkers/frontier.h"
#include "checkers/judgement.h"
#include "checkers/lazy.h"
#include "checkers/normalise.h"
#include "checkers/partition.h"
#include "checkers/register_judge.h"
#include "checkers/remarks.h"
#include "checkers/wgl.h"
#include "checkers/zones.h"
#include "harness/error.h"

namespace clew {

enum class Engine : std::uint8_t {
  best,  // A model's own decider, zones where they apply, for other registers the lazy one, else
         // the frontier.
  frontier,  // It alone; for tests and comparisons.
};

struct LinearizableOptions {
  FailMeans fail_means = FailMeans::observed;
  Engine engine = Engine::best;
  bool brief = false;  // A violation needs neither a second proof nor words: nobody acts on it.
};

// Judges one key: asks the engines in turn, then doubts their answer.
template <Model M>
class KeyJudge {
 public:
  KeyJudge(const History& history, const KeyEvents& key, const LinearizableOptions& options,
           const Budget& budget)
      : history_(history), events_(key), options_(options), budget_(budget) {}

  KeyJudgement judge() {
    key_ = normalise<M>(history_, events_, options_.fail_means);
    KeyVerdict& verdict = out_.verdict;
    verdict.key = events_.key;
    verdict.calls = key_.calls.size();
    verdict.unknown_calls = key_.unknown;
    verdict.max_concurrency = key_.max_concurrency;
    out_.dropped = key_.dropped;
    if (const char* over = budget_.over(0)) {
      give_up(over, 0);
      return std::move(out_);
    }
    if constexpr (KnowsRegister<M>) register_ = register_calls<M>(key_.calls);
    const Finding finding = decide(key_.calls, verdict.engine);
    verdict.configurations = finding.configurations;
    switch (finding.answer) {
      case Answer::valid:
        if (!explains<M>(key_.calls, finding.order))
          disagree("found an order that the model rejects");
        verdict.outcome = Outcome::valid;
        prove_by(finding.order);
        break;
      case Answer::invalid:
        verdict.outcome = Outcome::invalid;
        if (!options_.brief) condemn(finding);
        break;
      case Answer::unknown: give_up(finding.cause, finding.reached); break;
      case Answer::not_applicable: give_up("no engine applies", 0); break;
    }
    return std::move(out_);
  }

 private:
  // By the first engine that applies; `engine`: which one that was.
  Finding decide(const std::vector<Call<M>>& calls, std::string& engine) const {
    if constexpr (KnowsRegister<M>) {
      if (options_.engine == Engine::best) {
        // All calls, or a few that are under suspicion.
        std::vector<RegisterCall> some;
        if (&calls != &key_.calls) some = register_calls<M>(calls);
        const std::vector<RegisterCall>& acts = &calls == &key_.calls ? register_ : some;
        engine = "zones";
        Finding finding = decide_by_zones(acts, key_.values.size());
        if (finding.answer == Answer::not_applicable) {
          engine = "lazy";
          finding = decide_lazily(acts, budget_);
        }
        if (finding.answer != Answer::not_applicable) return finding;
      }
    }
    if constexpr (requires { M::decide(calls, budget_); }) {
      if (options_.engine == Engine::best) {
        engine = "polynomial";
        Finding finding = M::decide(calls, budget_);
        if (finding.answer != Answer::not_applicable) return finding;
      }
    }
    engine = "frontier";
    return Frontier<M>(calls, key_.values.size(), budget_).decide();
  }

  // The engine says that there is no order. Believed only if another one says
  // the same of the few calls that are to blame.
  void condemn(const Finding& finding) {
    const HasNoOrder has_no_order = [this](const std::vector<CallId>& chosen) {
      std::string engine;
      return decide(alone(chosen), engine).answer == Answer::invalid;
    };
    Core core;
    Parts parts;
    if constexpr (KnowsRegister<M>) {
      core = shrink(register_, finding, has_no_order, budget_);
    } else {
      // Up to the first moment after it died at which nothing was open: what came
      // later cannot have given these calls their answers.
      std::vector<CallId> early;
      Position end = finding.dead;
      for (const Call<M>& call : key_.calls) {
        if (call.inv > end) break;
        early.push_back(static_cast<CallId>(early.size()));
        parts.pure.push_back(call.known() && is_pure<M>(call.input, &call.output));
        parts.unit.push_back(part_of(call));
        if (part_of(call) < every_unit) units_.push_back(part_of(call));
        if (call.known()) end = std::max(end, call.ret);
      }
      std::sort(units_.begin(), units_.end());
      core = shrink_plainly(std::move(early), parts, finding, has_no_order, budget_);
    }
    if (core.calls.empty()) return unconfirmed("found a violation that has no part to show it");
    if (!confirm(core)) return;
    out_.verdict.outcome = Outcome::invalid;
    prove_by(whole(core.calls, parts));
    explain(core);
  }

  // The unit of a call, if it has to be minded: answers about all can be shortened.
  static Atom part_of(const Call<M>& call) {
    const Atom unit = unit_of<M>(call.input, call.answer());
    return unit == every_unit && KnowsProjection<M> ? no_unit : unit;
  }

  // The chosen calls by themselves. Answers about all units forget those of which
  // condemn() left out every call.
  std::vector<Call<M>> alone(const std::vector<CallId>& chosen) const {
    std::vector<Call<M>> calls = only(key_.calls, chosen);
    if constexpr (KnowsProjection<M>) {
      std::vector<Atom> left, gone;
      for (const Call<M>& call : calls) left.push_back(part_of(call));
      std::sort(left.begin(), left.end());
      for (const Atom unit : units_)
        if (!std::binary_search(left.begin(), left.end(), unit)) gone.push_back(unit);
      for (Call<M>& call : calls)
        if (call.known() && unit_of<M>(call.input, &call.output) == every_unit)
          M::project(call.output, gone);
    }
    return calls;
  }

  // For others, who take the answers as they were: where one is about all units,
  // nothing that might explain it is left out.
  std::vector<CallId> whole(std::vector<CallId> core, const Parts& parts) const {
    bool about_all = false;
    for (const CallId id : core)
      about_all |= unit_of<M>(key_.calls[id].input, key_.calls[id].answer()) == every_unit;
    if (!about_all) return core;
    for (CallId id = 0; id < parts.pure.size(); ++id)
      if (!parts.pure[id]) core.push_back(id);
    std::sort(core.begin(), core.end());
    core.erase(std::unique(core.begin(), core.end()), core.end());
    return core;
  }

  bool confirm(const Core& core) {
    const auto calls = alone(core.calls);
    Finding second = Wgl<M>(calls, budget_, max_steps).decide();
    if (second.answer == Answer::unknown && out_.verdict.engine != "frontier")
      second = Frontier<M>(calls, key_.values.size(), budget_).decide();
    if (second.answer == Answer::valid) {
      const bool real = explains<M>(calls, second.order);
      disagree(real ? "found no order where there is one" : "has a second opinion that errs");
    }
    if (second.answer == Answer::invalid) return true;
    give_up(second.cause.empty() ? "no second engine applies" : second.cause, 0);
    return false;
  }

  void prove_by(const std::vector<CallId>& calls) {
    out_.proof.reserve(calls.size());
    for (const CallId id : calls) out_.proof.push_back(key_.calls[id].op);
  }

  void unconfirmed(const std::string& what) {
    if (const char* over = budget_.over(0)) return give_up(over, 0);
    disagree(what);
  }

  [[noreturn]] void disagree(const std::string& what) const {
    throw HarnessError("the engine " + out_.verdict.engine + " " + what + " (key '" + events_.key +
                       "', model " + std::string(M::name) +
                       "); please report this with the history");
  }

  void give_up(const std::string& cause, Position reached) {
    out_.verdict.outcome = Outcome::unknown;
    out_.verdict.cause = cause;
    out_.reached = static_cast<std::size_t>(reached);
    for (const Call<M>& call : key_.calls) out_.events += call.known() ? 2U : 1U;
  }

  void explain(const Core& core) {
    Evidence evidence;
    evidence.key = events_.key;
    evidence.ids = core.calls;
    evidence.all = &register_;
    evidence.values = &key_.values;
    const std::vector<Call<M>> calls = alone(core.calls);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const CallId id = core.calls[i];
      std::string text = M::show(calls[i].input, calls[i].answer(), key_.values);
      if (!(calls[i].output == key_.calls[id].output)) text += " among others";
      evidence.spans.push_back(key_.calls[id]);
      evidence.shown.push_back(
          shown_call(history_, calls[i].op, std::move(text), calls[i].known()));
      if (!register_.empty()) evidence.core.push_back(register_[id]);
    }
    if constexpr (KnowsRegister<M>) evidence.aborted = aborted_writes();
    if constexpr (requires { M::anomaly(calls, key_.calls, key_.values); })
      evidence.anomaly = M::anomaly(calls, key_.calls, key_.values);
    if (evidence.anomaly) {
      const std::size_t at = evidence.anomaly->call;
      if (!(calls[at].output == key_.calls[core.calls[at]].output))
        evidence.anomaly->did += " among others";
    }
    Counterexample& out = out_.counterexample.emplace();
    describe(out, evidence);
    LongestOrder<M>(calls).fill(out, key_.values);
    for (const Blocked& blocked : out.blocked)
      out.let_then.push_back(call_name(blocked.call) + " has no place: " + blocked.reason + ".");
    out.minimal = core.minimal;
    out.calls_in_key = key_.calls.size();
    for (const ShownCall& call : out.calls)
      if (call.returned != Nanos::max()) out_.seen = std::max(out_.seen, call.returned);
  }

  std::vector<std::pair<Atom, std::int64_t>> aborted_writes() {
    std::vector<std::pair<Atom, std::int64_t>> out;
    for (const std::uint32_t at : events_.events) {
      const Op& op = history_.ops()[at];
      const std::size_t end = history_.completion(at);
      if (op.kind != Kind::invoke || end == History::none) continue;
      const Op& completion = history_.ops()[end];
      if (completion.kind != Kind::fail) continue;
      const auto input = M::parse_input(op, key_.values);
      if (!input) continue;
      const RegisterAct act = M::as_register(*input, nullptr);
      if (act.mutates()) out.emplace_back(act.to, completion.index);
    }
    return out;
  }

  static constexpr std::uint64_t max_steps = 2'000'000;

  const History& history_;
  const KeyEvents& events_;
  const LinearizableOptions& options_;
  const Budget& budget_;
  KeyCalls<M> key_;
  std::vector<RegisterCall> register_;
  std::vector<Atom> units_;  // Of the calls that condemn() chooses from, ascending.
  KeyJudgement out_;
};

// The checker: is each key's history linearizable with respect to the model M?
template <Model M>
class Linearizable final : public Checker {
 public:
  explicit Linearizable(LinearizableOptions options) : options_(options) {}

  Verdict check(const History& history, const Limits& limits, std::stop_token stop) const override {
    Verdict verdict =
        judge_keys(M::name, history, limits, stop, [&](const KeyEvents& key, const Budget& budget) {
          return KeyJudge<M>(history, key, options_, budget).judge();
        });
    if constexpr (KnowsRegister<M>) remark(verdict, history, limits, std::move(stop));
    return verdict;
  }

  std::unique_ptr<Stream> stream() const override {
    if constexpr (KnowsRegister<M>) return std::make_unique<RegisterJudge<M>>(options_.fail_means);
    return nullptr;
  }

 private:
  void remark(Verdict& verdict, const History& history, const Limits& limits,
              std::stop_token stop) const requires KnowsRegister<M> {
    const auto read = [&](const KeyEvents& key) {
      return remarked_key<M>(history, key, options_.fail_means);
    };
    LinearizableOptions brief = options_;
    brief.brief = true;
    const auto rejudge = [&](const History& changed, const Budget& budget) {
      const auto keys = partition(changed);
      const KeyVerdict again = KeyJudge<M>(changed, keys.front(), brief, budget).judge().verdict;
      return Rejudged{again.outcome, again.cause};
    };
    add_remarks(verdict, history, limits, std::move(stop), read, rejudge);
  }

  LinearizableOptions options_;
};

// Throws UsageError from check() on a function that M does not have, HarnessError
// where engines disagree.
template <Model M>
std::unique_ptr<Checker> linearizable(LinearizableOptions options = {}) {
  return std::make_unique<Linearizable<M>>(options);
}
template <Model M>
std::unique_ptr<Checker> linearizable(Engine engine) {
  return linearizable<M>(LinearizableOptions{FailMeans::observed, engine});
}

}  // namespace clew
