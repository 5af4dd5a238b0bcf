#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "checkers/engine.h"
#include "checkers/replay.h"
#include "harness/history_file.h"

namespace clew::testing {

// The history, as a file would have it.
inline std::string drawn(const std::vector<Op>& ops) {
  std::string out;
  for (const Op& op : ops) append_history_line(out, op);
  return out;
}

// Throws when the engine's answer is not `expected`; "not applicable" is none.
template <Model M>
bool agrees(const char* engine, const Finding& finding, const std::vector<Call<M>>& calls,
            bool expected) {
  if (finding.answer == Answer::not_applicable) return false;
  const bool valid = finding.answer == Answer::valid;
  if (finding.answer == Answer::unknown || valid != expected)
    throw std::runtime_error(std::string(engine) + " says " + (valid ? "valid" : "invalid"));
  if (valid && !explains<M>(calls, finding.order))
    throw std::runtime_error(std::string(engine) + " gives an order that explains nothing");
  return true;
}

}  // namespace clew::testing
