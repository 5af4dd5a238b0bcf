#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "checkers/core.h"
#include "checkers/replay.h"
#include "checkers/verdict.h"
#include "harness/history.h"

namespace clew {

// What the words are made from: the calls of a core, aligned with
// Counterexample::calls, and of a register also the whole key.
struct Evidence {
  std::string key{};
  std::vector<ShownCall> shown{};
  std::vector<Interval> spans{};
  std::vector<RegisterCall> core{};        // Empty where the model is no register.
  const std::vector<RegisterCall>* all{};  // The whole key.
  std::vector<CallId> ids{};               // Of the core's calls, into the whole key.
  const Values* values{};
  std::optional<Anomaly> anomaly{};  // Of a model that knows its own.
  // The values of writes that certainly failed, and the event in which they did.
  std::vector<std::pair<Atom, std::int64_t>> aborted{};
};

// Fills anomaly, sentence, let_then and calls of `out`.
void describe(Counterexample& out, const Evidence& evidence);

// "T3": how let_then calls the call `i`.
std::string call_name(std::size_t i);

ShownCall shown_call(const History& history, std::uint32_t invocation, std::string text,
                     bool known);

// Why a register cannot give this answer now; empty if it can.
std::string register_reason(const RegisterAct& act, Atom holds, const Values& values);

// The orders of most known calls that the model allows, by exhaustive search as
// far as `max_steps` go.
template <Model M>
class LongestOrder {
 public:
  explicit LongestOrder(const std::vector<Call<M>>& calls) : calls_(calls) {}

  // Fills order, blocked and other_orders of `out`; its calls are `calls`, in their order.
  void fill(Counterexample& out, const Values& values) {
    taken_.assign(calls_.size(), 0);
    search(M::initial(), 0);
    for (const std::vector<CallId>& path : best_) {
      LegalOrder told = tell(path, out, values);
      if (&path != &best_.front()) {
        out.other_orders.push_back(std::move(told));
      } else {
        out.order = std::move(told.order);
        out.blocked = std::move(told.blocked);
      }
    }
  }

 private:
  static constexpr std::uint64_t max_steps = 200'000;
  static constexpr std::size_t most_orders = 10;

  // Which calls took effect, and what that led to: how it came to that does not matter.
  struct Reached {
    std::uint64_t taken = 0;
    typename M::State state{};
    bool operator==(const Reached&) const = default;
  };
  struct HashReached {
    std::size_t operator()(const Reached& reached) const {
      return hash_all({reached.taken, M::hash(reached.state)});
    }
  };

  LegalOrder tell(const std::vector<CallId>& path, const Counterexample& out,
                  const Values& values) {
    LegalOrder told;
    auto state = M::initial();
    taken_.assign(calls_.size(), 0);
    for (const CallId id : path) {
      M::apply(state, calls_[id].input);
      taken_[id] = 1;
      told.order.push_back({id, M::show(state, values)});
    }
    for (CallId id = 0; id < calls_.size(); ++id)
      if (!taken_[id]) told.blocked.push_back({id, reason(id, state, out, values)});
    return told;
  }

  // Nothing that is left returned before call `id` began.
  bool may_come(CallId id) const {
    for (CallId other = 0; other < calls_.size(); ++other)
      if (!taken_[other] && calls_[other].before(calls_[id])) return false;
    return true;
  }

  void search(const typename M::State& state, std::size_t known) {
    if (calls_.size() <= 64) {  // More would take too much memory; the steps are the limit then.
      Reached reached{0, state};
      for (CallId id = 0; id < calls_.size(); ++id)
        reached.taken |= std::uint64_t{taken_[id]} << id;
      if (!been_.insert(std::move(reached)).second) return;
    }
    note(known);
    for (CallId id = 0; id < calls_.size(); ++id) {
      if (taken_[id] || !may_come(id) || ++steps_ > max_steps) continue;
      auto next = state;
      const auto output = M::apply(next, calls_[id].input);
      if (calls_[id].known() ? !same_answer<M>(output, calls_[id].output) : next == state) continue;
      taken_[id] = 1;
      path_.push_back(id);
      search(next, known + calls_[id].known());
      path_.pop_back();
      taken_[id] = 0;
    }
  }

  void note(std::size_t known) {
    if (known > best_known_ || best_.empty() || best_.front().empty()) {
      best_known_ = known;
      best_.assign(1, path_);
    } else if (known == best_known_ && best_.size() < most_orders && !path_.empty() &&
               calls_[path_.back()].known()) {
      best_.push_back(path_);
    }
  }

  std::string reason(CallId id, const typename M::State& state, const Counterexample& out,
                     const Values& values) const {
    const Call<M>& call = calls_[id];
    if (!call.known()) return "its outcome is unknown: it need not have happened";
    for (CallId other = 0; other < calls_.size(); ++other)
      if (!taken_[other] && calls_[other].before(call))
        return "began after '" + out.calls[other].text + "' of process " +
               std::to_string(out.calls[other].process) + " returned, which has no place";
    auto next = state;
    const auto output = M::apply(next, call.input);
    if (same_answer<M>(output, call.output)) return "fits here, but then fewer of the others do";
    if constexpr (KnowsRegister<M>)
      return register_reason(M::as_register(call.input, &call.output), state, values);
    return "would have been '" + M::show(call.input, &output, values) + "'";
  }

  const std::vector<Call<M>>& calls_;
  std::vector<std::uint8_t> taken_;
  std::vector<CallId> path_;
  std::vector<std::vector<CallId>> best_;  // Of as many known calls each.
  std::unordered_set<Reached, HashReached> been_;
  std::size_t best_known_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace clew
