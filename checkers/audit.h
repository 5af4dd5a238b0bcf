#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkers/engine.h"
#include "checkers/partition.h"
#include "checkers/verdict.h"

namespace clew {

// Which definite failures an invalid verdict rests on. A client that takes a
// timeout for a definite failure makes a correct system look broken; so each
// invalid key is judged again with its failed mutations as unknown, and if it
// makes sense then, with as few of them as it takes. It changes no verdict.

// A failed call that would have changed the state: its invocation and its end,
// as positions in History::ops().
struct Failure {
  std::uint32_t invoked = 0, ended = 0;
};

// An invalid key, and what failed on it.
struct SuspectKey {
  const KeyEvents* key = nullptr;
  std::vector<Failure> failures{};
};

// Judges the only key of a history: valid, invalid, or unknown with a cause.
struct Rejudged {
  Outcome outcome = Outcome::unknown;
  std::string cause{};
};
using Rejudge = std::function<Rejudged(const History&, const Budget&)>;

// The key's events alone, these failures as unknown. Each call gets a process of
// its own, since none may go on after an unknown answer; that is the same to
// linearizability.
History reclassified(const History& history, const KeyEvents& key,
                     const std::vector<Failure>& unknown);

// Failures are told apart by function and error text: a refused swap is a kind
// of its own. `invalid`: how many keys are. Does without one kind after another,
// then without single failures, as long as the rest is enough. Nothing where
// nothing failed.
std::optional<Audit> audit(const History& history, const std::vector<SuspectKey>& keys,
                           std::size_t invalid, const Rejudge& rejudge, const Budget& budget);

}  // namespace clew
