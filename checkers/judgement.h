#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "checkers/checker.h"
#include "checkers/engine.h"
#include "checkers/partition.h"

namespace clew {

// What was found out about one key.
struct KeyJudgement {
  KeyVerdict verdict{};
  std::optional<Counterexample> counterexample{};
  // As positions in History::ops(); valid: the order, invalid: the core.
  std::vector<std::uint32_t> proof{};
  Nanos seen{};  // When the violation had shown itself.
  std::size_t dropped = 0;
  std::size_t reached = 0, events = 0;  // Of unknown: how far the search came.
};

// Judges every key, several at once, and puts the verdict together. It is the
// same for any number of threads, unless a limit is reached.
Verdict judge_keys(std::string_view model, const History& history, const Limits& limits,
                   std::stop_token stop,
                   const std::function<KeyJudgement(const KeyEvents&, const Budget&)>& judge);

}  // namespace clew
