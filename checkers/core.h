#pragma once

#include <functional>
#include <vector>

#include "checkers/engine.h"

namespace clew {

// A part of a key's calls that has no order, chosen so that this alone proves
// that the whole key has none: it contains everything that could have given its
// calls their answers.
struct Core {
  std::vector<CallId> calls{};  // Ascending.
  bool minimal = false;  // Without any one of them (and what depends on it) there is an order.
};

// Who could have written what a call saw.
//
// Soundness: take any order of the whole key, and a set of calls that contains,
// for each of its observations, all possible sources. Leave all other calls out:
// each observation still follows the very call that gave it its answer. So an
// order of the whole gives one of the part; a part without an order condemns the whole.
class Sources {
 public:
  explicit Sources(const std::vector<RegisterCall>& calls);

  // Calls that may have written last before `observer` took effect, and so that
  // it got its answer. Where none may have, the one that comes closest, so that
  // the explanation can show it.
  std::vector<CallId> of(CallId observer) const;

  // `chosen` (ascending) and all possible sources, and theirs.
  std::vector<CallId> closure(std::vector<CallId> chosen) const;
  // `chosen` without `removed`, and without what could depend on that.
  std::vector<CallId> without(const std::vector<CallId>& chosen, std::size_t from,
                              std::size_t to) const;

 private:
  Position overwritten_before(Position at) const;

  const std::vector<RegisterCall>& calls_;
  std::vector<std::vector<CallId>> writers_;             // By value, by invocation.
  std::vector<CallId> mutators_;                         // By invocation.
  std::vector<std::pair<Position, Position>> barriers_;  // Return, latest invocation so far.
};

// Says whether the calls (ascending) have no order; false also when in doubt.
using HasNoOrder = std::function<bool(const std::vector<CallId>&)>;

// Makes the calls that `finding` condemned as few as it can until `budget` is
// over. Returns no calls if it could not confirm the finding at all.
Core shrink(const std::vector<RegisterCall>& calls, const Finding& finding,
            const HasNoOrder& has_no_order, const Budget& budget);

// What may be left out of the calls of a model that is no register.
struct Parts {
  std::vector<std::uint8_t> pure{};  // By call: it may always be left out.
  std::vector<Atom> unit{};          // By call: all of a unit may be left out together (model.h).
};

// The same for such models. Anything that is not a part may be what explains the
// rest, so it stays, and the result is not called minimal. `chosen`: calls that
// have no order; `finding`: why.
Core shrink_plainly(std::vector<CallId> chosen, const Parts& parts, const Finding& finding,
                    const HasNoOrder& has_no_order, const Budget& budget);

}  // namespace clew
