#pragma once

#include "checkers/audit.h"
#include "checkers/checker.h"
#include "checkers/normalise.h"
#include "checkers/staleness.h"
#include "checkers/weaker.h"

namespace clew {

// What is worth saying beside an invalid verdict on registers: what still holds,
// how stale reads were, and which classifications it rests on. None of it
// changes the verdict. Takes a part of the limits of the check, and says where
// they were reached.

// One key as the remarks need it.
struct RemarkedKey {
  const KeyEvents* events = nullptr;
  std::vector<SessionCall> calls{};
  std::vector<TimedCall> timed{};
  std::vector<Failure> failures{};
  Values values{};
};

// `read` gives a key's calls, `rejudge` judges a changed history.
void add_remarks(Verdict& verdict, const History& history, const Limits& limits,
                 std::stop_token stop, const std::function<RemarkedKey(const KeyEvents&)>& read,
                 const Rejudge& rejudge);

template <Model M>
requires KnowsRegister<M> RemarkedKey remarked_key(const History& history, const KeyEvents& events,
                                                   FailMeans fail_means) {
  const auto ops = history.ops();
  const KeyCalls<M> key = normalise<M>(history, events, fail_means);
  RemarkedKey out;
  out.events = &events;
  const std::vector<RegisterCall> calls = register_calls<M>(key.calls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::uint32_t at = key.calls[i].op;
    out.calls.push_back({calls[i], ops[at].process, ops[at].index});
    const Nanos end = calls[i].known() ? ops[history.completion(at)].time : Nanos::max();
    out.timed.push_back({calls[i], ops[at].time, end, ops[at].node});
  }
  out.values = key.values;
  for (const std::uint32_t at : events.events) {
    const std::size_t end = history.completion(at);
    if (ops[at].kind != Kind::invoke || end == History::none || ops[end].kind != Kind::fail)
      continue;
    const auto input = M::parse_input(ops[at], out.values);
    // What changes nothing whatever it answered is left out either way.
    if (input && !is_pure<M>(*input, nullptr) && M::as_register(*input, nullptr).mutates())
      out.failures.push_back({at, static_cast<std::uint32_t>(end)});
  }
  return out;
}

}  // namespace clew
