#pragma once

#include <cstdint>
#include <memory>

#include "checkers/checker.h"

namespace clew {

// Is there, for each key, one order of its calls, within their times, that a
// cas-register explains? Keys are judged on their own, which is exact (Herlihy &
// Wing 1990, locality), and in parallel; the verdict does not depend on how many
// threads there are.
//
// No answer is trusted: the order behind each `valid` is replayed through the
// plain model; each `invalid` is proved again on its smallest part by another
// engine. If they disagree the check throws HarnessError. A limit that is
// reached makes the key unknown, with the cause.
enum class Engine : std::uint8_t {
  best,      // zones where they apply, the frontier elsewhere
  frontier,  // alone; for tests and comparisons
};

template <class M>
std::unique_ptr<Checker> linearizable(Engine engine = Engine::best);

struct CasRegister;
template <>
std::unique_ptr<Checker> linearizable<CasRegister>(Engine engine);

}  // namespace clew
