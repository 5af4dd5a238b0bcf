#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checkers/verdict.h"
#include "harness/rng.h"

namespace clew::testing {

using Judge = std::function<clew::Outcome(const std::vector<Op>&)>;

// How often each rule was applied, in the order of kin_rules().
using KinCount = std::array<std::uint64_t, 11>;
std::array<const char*, 11> kin_rules();

// Makes a history that is kin to `ops`: one whose verdict follows from that of `ops` (`valid`) by
// a rule which needs no checker, and judges it. Throws std::runtime_error with both if the
// verdict is another. A rule, drawn at random, may not fit the history: then nothing is judged.
void judge_kin(const std::string& model, const std::vector<Op>& ops, bool valid, Rng& rng,
               const Judge& judge, KinCount& count);

}  // namespace clew::testing
