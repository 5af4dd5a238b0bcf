#include "checkers/judgement.h"

#include <algorithm>
#include <string>

#include "checkers/crew.h"

namespace clew {
namespace {

std::string number(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string shown_key(const std::string& key) { return key.empty() ? "" : " on key " + key; }

// One sentence for the whole verdict.
std::string reason(const Verdict& verdict, const std::vector<KeyJudgement>& keys) {
  std::size_t calls = 0, bad = 0;
  for (const KeyJudgement& key : keys) {
    calls += key.verdict.calls;
    bad += key.verdict.outcome == verdict.outcome;
  }
  std::string dropped;
  if (verdict.dropped_calls > 0)
    dropped =
        " " + number(verdict.dropped_calls, "call") + " that failed or read nothing took no part.";
  switch (verdict.outcome) {
    case Outcome::valid:
      if (calls == 0) return "There was nothing to judge." + dropped;
      return "Each of " + number(keys.size(), "key") + " has an order of its calls, " +
             number(calls, "call") + " in all, that explains every answer." + dropped;
    case Outcome::invalid: {
      std::string out = "No order explains the answers of " + std::to_string(bad) + " of " +
                        number(keys.size(), "key") + ".";
      if (!verdict.counterexamples.empty())
        out += " First: " + verdict.counterexamples.front().sentence;
      return out + dropped;
    }
    case Outcome::unknown: break;
  }
  for (const KeyJudgement& key : keys) {
    if (key.verdict.outcome != Outcome::unknown) continue;
    return "The check stopped (" + key.verdict.cause + ")" + shown_key(key.verdict.key) +
           " after " + std::to_string(key.reached) + " of " + number(key.events, "event") + "; " +
           std::to_string(bad) + " of " + number(keys.size(), "key") + " undecided." + dropped;
  }
  return {};
}

KeyProof proof_of(const KeyJudgement& key, const History& history) {
  KeyProof out{key.verdict.key, key.verdict.outcome, key.verdict.cause, {}};
  out.calls.reserve(key.proof.size());
  for (const std::uint32_t at : key.proof) out.calls.push_back(history.ops()[at].index);
  return out;
}

}  // namespace

Verdict judge_keys(std::string_view model, const History& history, const Limits& limits,
                   std::stop_token stop,
                   const std::function<KeyJudgement(const KeyEvents&, const Budget&)>& judge) {
  const auto begin = Clock::now();
  Budget budget;
  // Beyond a year there is no deadline, so that nothing overflows.
  if (limits.time < std::chrono::hours(24 * 365)) budget.deadline = begin + limits.time;
  budget.stop = std::move(stop);
  const std::vector<KeyEvents> parts = partition(history);
  Crew crew(limits.threads);
  budget.crew = &crew;
  budget.memory_bytes =
      limits.memory_bytes / std::clamp<std::size_t>(parts.size(), 1, crew.threads());

  std::vector<std::size_t> order(parts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return parts[a].events.size() > parts[b].events.size();
  });
  std::vector<KeyJudgement> keys(parts.size());
  crew.share(order.size(), [&](std::size_t place) {
    const auto started = Clock::now();
    KeyJudgement& key = keys[order[place]];
    key = judge(parts[order[place]], budget);
    key.verdict.check_time = Clock::now() - started;
  });

  Verdict verdict;
  verdict.checker = "linearizable";
  verdict.model = std::string(model);
  std::stable_sort(keys.begin(), keys.end(), [](const KeyJudgement& a, const KeyJudgement& b) {
    if (a.verdict.outcome != b.verdict.outcome) return a.verdict.outcome > b.verdict.outcome;
    // "k9" before "k10".
    return std::pair(a.verdict.key.size(), std::string_view(a.verdict.key)) <
           std::pair(b.verdict.key.size(), std::string_view(b.verdict.key));
  });
  std::vector<KeyJudgement*> bad;
  for (KeyJudgement& key : keys) {
    verdict.outcome = std::max(verdict.outcome, key.verdict.outcome);
    if (verdict.outcome == Outcome::unknown && verdict.cause.empty())
      verdict.cause = key.verdict.cause;
    verdict.dropped_calls += key.dropped;
    verdict.keys.push_back(key.verdict);
    if (limits.proofs) verdict.proofs.push_back(proof_of(key, history));
    if (key.counterexample) bad.push_back(&key);
  }
  // The one that takes the fewest calls to tell leads; of these, what was seen first.
  std::stable_sort(bad.begin(), bad.end(), [](const KeyJudgement* a, const KeyJudgement* b) {
    return std::pair(a->counterexample->calls.size(), a->seen) <
           std::pair(b->counterexample->calls.size(), b->seen);
  });
  bad.resize(std::min(bad.size(), limits.counterexamples));
  for (KeyJudgement* key : bad) verdict.counterexamples.push_back(std::move(*key->counterexample));
  verdict.reason = reason(verdict, keys);
  verdict.check_time = Clock::now() - begin;
  return verdict;
}

}  // namespace clew
