#include "checkers/explain.h"

#include <algorithm>

#include "checkers/wgl.h"

namespace clew {
namespace {

using Calls = std::vector<Call<CasRegister>>;
using Verb = CasRegister::Verb;

constexpr std::size_t none = static_cast<std::size_t>(-1);
constexpr std::size_t searched_calls_max = 24;

class Story {
 public:
  Story(const History& history, std::string key, const Calls& calls, const Interner& interner)
      : history_(history), calls_(calls), interner_(interner) {
    shown_.key = std::move(key);
  }

  Counterexample tell(bool minimal, std::size_t calls_in_key, Budget& budget) {
    shown_.minimal = minimal;
    shown_.calls_in_key = calls_in_key;
    shown_.anomaly = classify(calls_);
    for (const auto& call : calls_) shown_.calls.push_back(show(call));
    if (shown_.anomaly == "never-written" && written_by_a_failure())
      shown_.anomaly = "aborted-read";
    find_order(budget);
    shown_.sentence = sentence();
    argue();
    return std::move(shown_);
  }

 private:
  const Op& invocation(const Call<CasRegister>& call) const {
    return history_.ops()[call.position];
  }

  ShownCall show(const Call<CasRegister>& call) const {
    const Op& op = invocation(call);
    ShownCall shown{.index = op.index,
                    .process = op.process,
                    .node = op.node,
                    .f = op.f,
                    .text = describe(call, interner_),
                    .invoked = call.invoked,
                    .returned = call.returned};
    const bool refused = call.input.verb == Verb::cas && call.known() && !call.output->swapped;
    shown.outcome = !call.known() ? Kind::info : refused ? Kind::fail : Kind::ok;
    return shown;
  }

  // The value that somebody saw though nobody is known to have written it.
  std::int32_t unwritten() const {
    for (const auto& call : calls_) {
      std::int32_t needed = Interner::nil;
      if (call.input.verb == Verb::read && call.known()) needed = call.output->found;
      if (call.input.verb == Verb::cas && call.known() && call.output->swapped)
        needed = call.input.old;
      const auto writes = [&](const auto& other) {
        return other.input.verb != Verb::read && other.input.value == needed;
      };
      if (needed != Interner::nil && std::none_of(calls_.begin(), calls_.end(), writes))
        return needed;
    }
    return Interner::nil;
  }

  bool written_by_a_failure() const {
    const std::string value = interner_.text(unwritten());
    const auto ops = history_.ops();
    for (std::size_t i = 0; i < ops.size(); ++i) {
      const Op& op = ops[i];
      if (op.kind != Kind::invoke || op.key != shown_.key ||
          history_.completion(i) == History::none)
        continue;
      if (ops[history_.completion(i)].kind != Kind::fail) continue;
      if (op.f == "write" && to_text(op.value) == value) return true;
      if (op.f == "cas" && op.value.is_list() && op.value.as_list().size() == 2 &&
          to_text(op.value.as_list()[1]) == value)
        return true;
    }
    return false;
  }

  // The longest order that breaks no rule, and why nothing can follow it.
  void find_order(Budget& budget) {
    std::vector<std::size_t> order;
    if (calls_.size() <= searched_calls_max) {
      Wgl<CasRegister> search(calls_, budget);
      (void)search.decide();
      order = search.longest();
    }
    CasRegister::State state = CasRegister::initial();
    std::vector<bool> placed(calls_.size());
    for (const std::size_t i : order) {
      (void)CasRegister::apply(state, calls_[i].input);
      placed[i] = true;
      shown_.order.push_back({.call = i, .state = interner_.text(state)});
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (placed[i] || !calls_[i].known()) continue;
      std::string reason = objection(calls_[i], state, interner_);
      for (std::size_t j = 0; reason.empty() && j < calls_.size(); ++j)
        if (!placed[j] && j != i && calls_[j].returned < calls_[i].invoked)
          reason = "must come after " + describe(calls_[j], interner_) + ", which fits nowhere";
      if (reason.empty()) reason = "what is left cannot follow it";
      shown_.blocked.push_back({.call = i, .reason = std::move(reason)});
    }
  }

  static std::string who(const ShownCall& call) {
    return "process " + std::to_string(call.process) +
           (call.node.empty() ? "" : " on " + call.node);
  }
  std::string on_key() const { return shown_.key.empty() ? "" : " on key " + shown_.key; }

  std::string sentence() const {
    const Culprits found = culprits(calls_);
    if (shown_.anomaly == "never-written" || shown_.anomaly == "aborted-read") {
      const std::string value = interner_.text(unwritten());
      for (std::size_t i = 0; i < calls_.size(); ++i) {
        const bool saw = !objection(calls_[i], Interner::nil, interner_).empty();
        if (!saw) continue;
        return (shown_.anomaly == "aborted-read" ? "Aborted read" : "A value out of nowhere") +
               on_key() + ": " + who(shown_.calls[i]) + " saw " + value + " at " +
               format_duration(calls_[i].returned) +
               (shown_.anomaly == "aborted-read" ? ", whose only write was reported as failed."
                                                 : ", which nobody wrote.");
      }
    }
    if (shown_.anomaly == "lost-update") {
      for (std::size_t i = 0; i < calls_.size(); ++i)
        for (std::size_t j = i + 1; j < calls_.size(); ++j)
          if (calls_[i].input.verb == Verb::cas && calls_[j].input.verb == Verb::cas &&
              calls_[i].input.old == calls_[j].input.old && calls_[i].known() && calls_[j].known())
            return "Lost update" + on_key() + ": " + who(shown_.calls[i]) + " and " +
                   who(shown_.calls[j]) + " both swapped " + interner_.text(calls_[i].input.old) +
                   " away, though it was there only once.";
    }
    if (found.read == none)
      return "Contradiction" + on_key() + ": no order of " + std::to_string(calls_.size()) +
             " calls explains their answers.";
    const ShownCall& read = shown_.calls[found.read];
    const ShownCall& newer = shown_.calls[found.newer];
    const std::string start = who(read) + " read " +
                              interner_.text(calls_[found.read].output->found) + " at " +
                              format_duration(read.returned) + ", invoked " +
                              format_duration(read.invoked - newer.returned) + " after ";
    if (shown_.anomaly == "stale-read")
      return "Stale read" + on_key() + ": " + start + "process " + std::to_string(newer.process) +
             "'s " + describe(calls_[found.newer], interner_) + " was acknowledged.";
    return "Non-monotonic read" + on_key() + ": " + start + "process " +
           std::to_string(newer.process) + " had read " +
           interner_.text(calls_[found.newer].output->found) + ".";
  }

  static std::string name(std::size_t i) { return "T" + std::to_string(i + 1); }

  void argue() {
    std::string let = "Let ";
    for (std::size_t i = 0; i < calls_.size() && i < searched_calls_max; ++i)
      let += (i == 0 ? "" : ", ") + name(i) + " = op " + std::to_string(shown_.calls[i].index) +
             " (" + shown_.calls[i].text + ")";
    shown_.let_then.push_back(let + ".");
    if (calls_.size() > searched_calls_max) return;
    for (std::size_t i = 0; i < calls_.size(); ++i)
      for (std::size_t j = 0; j < calls_.size(); ++j)
        if (directly_before(i, j))
          shown_.let_then.push_back(name(i) + " < " + name(j) + " because " + name(i) +
                                    " returned before " + name(j) + " was invoked.");
    for (const Blocked& blocked : shown_.blocked)
      shown_.let_then.push_back(
          "However, " + (shown_.order.empty() ? std::string() : "after " + order_text() + ", ") +
          name(blocked.call) + " " + blocked.reason + ".");
    shown_.let_then.emplace_back("No other order gets further: a contradiction.");
  }

  std::string order_text() const {
    std::string text;
    for (const Step& step : shown_.order) text += (text.empty() ? "" : ", ") + name(step.call);
    return text;
  }

  // In real time, with nothing between them.
  bool directly_before(std::size_t i, std::size_t j) const {
    if (!(calls_[i].returned < calls_[j].invoked)) return false;
    for (const auto& between : calls_)
      if (calls_[i].returned < between.invoked && between.returned < calls_[j].invoked)
        return false;
    return true;
  }

  const History& history_;
  const Calls& calls_;
  const Interner& interner_;
  Counterexample shown_{};
};

}  // namespace

Counterexample explain(const History& history, const std::string& key, const Calls& calls,
                       const Interner& interner, bool minimal, std::size_t calls_in_key,
                       Budget& budget) {
  return Story(history, key, calls, interner).tell(minimal, calls_in_key, budget);
}

}  // namespace clew
