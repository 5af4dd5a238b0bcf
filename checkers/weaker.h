#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "checkers/call.h"
#include "checkers/engine.h"
#include "checkers/verdict.h"

namespace clew {

// What a register that is not linearizable still promises. Real time plays no
// part here, only what each session did before what.
//
// A *session* is a client under one process number. After an unknown answer a
// worker goes on under another number, and that is another session: fewer
// promises are asked for, so a break that is found is one.
//
// A *version order* puts all writes that took effect into one order, after the
// initial nil. A swap counts as a read and then, at once, a write of its
// session, so it comes after the value it swapped. An unknown call took effect
// if an answer can only be from it, and else perhaps; it is the last one of its
// session. A history keeps
//
//   monotonic writes     if a version order has each session's writes in the
//                        order in which the session made them,
//
// and, of the version orders that do so,
//
//   monotonic reads      if one has, for each session that reads v and later v',
//                        v' not before v,
//   read your writes     if one has, for each session that writes v and later
//                        reads v', v' not before v,
//   writes follow reads  if one has, for each session that reads v and later
//                        writes v', v before v'
//
// (Terry et al. 1994). Each is asked for by itself: two that hold need not hold
// at once. All at once is sequential consistency where nothing is swapped, and
// less than that elsewhere.
//
//   sequential consistency   one order of all calls, unknown ones left out at
//                            will, has each session's calls in the order in which
//                            it made them and gives every answer (Lamport 1979)
//
// It is not local: each key may have its order though all keys together have none.

// A call of one key, and who made it.
struct SessionCall : RegisterCall {
  std::int64_t session = 0;
  std::int64_t index = -1;  // Of its invocation in the history file; for messages.
};

// The names, gravest promise first, in the order in which they are returned.
inline constexpr std::array<std::string_view, 5> weaker_models{
    "sequential consistency", "monotonic reads", "monotonic writes", "read your writes",
    "writes follow reads"};

// One entry for each of `weaker_models`: valid, it holds; invalid, it is broken
// and `reason` names the calls that show it; unknown: `reason` says why.
//
// Exact if every value seen has one possible writer and no swap was refused.
// Elsewhere a guarantee is broken only if no choice of writers keeps it, and
// holds only if each choice does or an order explains the whole; sequential
// consistency is searched for until `budget` is over or after `max_steps`.
//
// `calls` sorted by invocation; an unknown one is the last of its session. Throws HarnessError
// where an order that was found does not explain the answers.
std::vector<Guarantee> judge_weaker(const std::vector<SessionCall>& calls, const Values& values,
                                    const Budget& budget, std::uint64_t max_steps = 300'000);

// Whether `order` has every known call once and unknown ones at most once, each
// session's in its order, and gives every answer. It is the judge of every
// "holds" of sequential consistency.
bool explains_sequentially(const std::vector<SessionCall>& calls, const std::vector<CallId>& order);

}  // namespace clew
