#include "checkers/register_rules.h"

#include <map>
#include <set>

namespace clew {
namespace {

using Verb = CasRegister::Verb;
using Calls = std::vector<Call<CasRegister>>;

constexpr std::size_t none = static_cast<std::size_t>(-1);

bool refused(const Call<CasRegister>& call) {
  return call.input.verb == Verb::cas && call.known() && !call.output->swapped;
}
bool mutates(const Call<CasRegister>& call) {
  return call.input.verb != Verb::read && !refused(call);
}
bool reads(const Call<CasRegister>& call) { return call.input.verb == Verb::read && call.known(); }

std::map<std::int32_t, std::vector<std::size_t>> writers_of(const Calls& calls) {
  std::map<std::int32_t, std::vector<std::size_t>> writers;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (mutates(calls[i])) writers[calls[i].input.value].push_back(i);
  return writers;
}

}  // namespace

std::vector<std::size_t> observable(const Calls& calls) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < calls.size(); ++i) kept.push_back(i);
  for (const Call<CasRegister>& call : calls)
    if (refused(call)) return kept;
  for (std::size_t before = 0; before != kept.size();) {
    before = kept.size();
    std::set<std::int32_t> seen;
    for (const std::size_t i : kept) {
      if (reads(calls[i])) seen.insert(calls[i].output->found);
      if (calls[i].input.verb == Verb::cas) seen.insert(calls[i].input.old);
    }
    std::erase_if(kept, [&](std::size_t i) {
      return !calls[i].known() && !seen.contains(calls[i].input.value);
    });
  }
  return kept;
}

std::size_t count_mutations(const Calls& calls) {
  std::size_t mutations = 0;
  for (const Call<CasRegister>& call : calls) mutations += mutates(call) ? 1U : 0U;
  return mutations;
}

std::vector<std::size_t> provable(const Calls& calls, std::size_t mutations_in_key) {
  std::vector<std::size_t> kept;
  const bool all = count_mutations(calls) == mutations_in_key;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (all || !refused(calls[i])) kept.push_back(i);
  return kept;
}

std::vector<std::vector<std::size_t>> closed_units(const Calls& calls) {
  std::map<std::int32_t, std::vector<std::size_t>> users;  // Of a value: reads, and swaps from it.
  std::vector<std::vector<std::size_t>> units;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (reads(calls[i])) users[calls[i].output->found].push_back(i);
    if (mutates(calls[i]) && calls[i].input.verb == Verb::cas)
      users[calls[i].input.old].push_back(i);
    if (!mutates(calls[i])) units.push_back({i});
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!mutates(calls[i])) continue;
    std::set<std::size_t> unit;
    std::vector<std::size_t> todo{i};
    while (!todo.empty()) {
      const std::size_t next = todo.back();
      todo.pop_back();
      if (!unit.insert(next).second || !mutates(calls[next])) continue;
      const std::int32_t value = calls[next].input.value;
      // Even if another write of the value stays: it is this one that may have been seen.
      if (const auto it = users.find(value); it != users.end())
        todo.insert(todo.end(), it->second.begin(), it->second.end());
    }
    units.emplace_back(unit.begin(), unit.end());
  }
  return units;
}

Culprits culprits(const Calls& calls) {
  Culprits found{};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!reads(calls[i])) continue;
    // What it should have known: the latest different value that was acknowledged, or seen, before.
    std::size_t newer = none;
    for (std::size_t j = 0; j < calls.size(); ++j) {
      const bool other = mutates(calls[j])
                             ? calls[j].input.value != calls[i].output->found
                             : reads(calls[j]) && calls[j].output->found != calls[i].output->found;
      if (!other || !calls[j].known() || !(calls[j].returned < calls[i].invoked)) continue;
      // An acknowledged mutation tells more than a read.
      if (newer == none || std::pair(mutates(calls[j]), calls[j].returned) >
                               std::pair(mutates(calls[newer]), calls[newer].returned))
        newer = j;
    }
    if (newer == none) continue;
    if (found.read == none || calls[i].invoked >= calls[found.read].invoked)
      found = {.read = i, .newer = newer};
  }
  return found;
}

std::string classify(const Calls& calls) {
  const auto writers = writers_of(calls);
  std::map<std::int32_t, int> swaps;
  for (const Call<CasRegister>& call : calls) {
    const bool swapped = mutates(call) && call.input.verb == Verb::cas && call.known();
    std::int32_t needed = Interner::nil;
    if (reads(call)) needed = call.output->found;
    if (swapped) needed = call.input.old;
    if (needed != Interner::nil && !writers.contains(needed)) return "never-written";
    if (swapped) ++swaps[call.input.old];
  }
  for (const auto& [value, count] : swaps) {
    const auto it = writers.find(value);
    const std::size_t times =
        (it == writers.end() ? 0 : it->second.size()) + (value == Interner::nil ? 1 : 0);
    if (static_cast<std::size_t>(count) > times) return "lost-update";
  }
  const Culprits found = culprits(calls);
  if (found.read == none) return "contradiction";
  return mutates(calls[found.newer]) ? "stale-read" : "non-monotonic-read";
}

std::string describe(const Call<CasRegister>& call, const Interner& interner) {
  switch (call.input.verb) {
    case Verb::read: return "read -> " + (call.known() ? interner.text(call.output->found) : "?");
    case Verb::write: return "write " + interner.text(call.input.value);
    case Verb::cas: break;
  }
  return "cas " + interner.text(call.input.old) + " -> " + interner.text(call.input.value) +
         (refused(call) ? ": refused" : "");
}

std::string objection(const Call<CasRegister>& call, CasRegister::State state,
                      const Interner& interner) {
  const std::string holds = ", but the register holds " + interner.text(state);
  if (reads(call) && call.output->found != state)
    return "needs " + interner.text(call.output->found) + holds;
  if (call.input.verb != Verb::cas || !call.known()) return {};
  if (call.output->swapped && call.input.old != state)
    return "needs " + interner.text(call.input.old) + holds;
  if (!call.output->swapped && call.input.old == state) return "was refused" + holds;
  return {};
}

}  // namespace clew
