#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/model.h"
#include "checkers/verdict.h"

namespace clew {

// A call of a register on the clock of the run.
struct TimedCall : RegisterAct {
  Nanos invoked{};
  Nanos returned = Nanos::max();  // max: nobody knows whether or when it took effect.
  std::string_view node{};        // Must outlive the call.
};

// Counts stale reads, over any number of keys.
//
// A write has taken effect at the latest when it returned or, if no other write
// has its value, when the first answer that had seen it returned. A value is
// overwritten at the latest at the earliest such moment of a write that was
// invoked after the value's own write had taken effect. A read is stale if for
// every write that can have given it its answer that moment was before the read
// was invoked: by at least the time between. The initial nil counts as written
// before everything. Values that nobody wrote are no stale reads.
//
// So what is counted is certain, and what it says of time is a lower bound. A
// key with a stale read is not linearizable.
class StalenessCount {
 public:
  // One key. O(n log n).
  void add(const std::vector<TimedCall>& calls);
  Staleness take();

 private:
  struct Reads {
    std::uint64_t reads = 0;
    std::vector<Nanos> late{};
  };
  static StaleReads sum(std::string node, Reads reads);

  std::map<std::string, Reads, std::less<>> nodes_;
};

}  // namespace clew
