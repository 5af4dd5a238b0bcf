#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "harness/op.h"

namespace clew {

// An immutable record of a run, in real-time order (ties: invocations first,
// then by position in the file, because equal times count as concurrent).
//
// Invariant: a process has at most one operation open at a time, and a process
// whose operation ended in `info` never appears again. The constructor checks
// this and throws UsageError naming the index, so checkers may rely on it.
// Nemesis events are kept but never paired.
class History {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  History() = default;
  explicit History(std::vector<Op> ops);

  std::span<const Op> ops() const { return ops_; }
  bool empty() const { return ops_.empty(); }

  // Position of the completion of the invocation at `i`; `none` if it never came back.
  std::size_t completion(std::size_t i) const { return pair_[i]; }

 private:
  std::vector<Op> ops_;
  std::vector<std::size_t> pair_;
};

}  // namespace clew
