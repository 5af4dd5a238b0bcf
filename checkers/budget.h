#pragma once

#include <cstddef>
#include <stop_token>
#include <string>

#include "harness/clock.h"

namespace clew {

// What a search may still use. Asked from inside the search, often; the clock is
// read only now and then. Once exhausted it stays so.
class Budget {
 public:
  Budget(Deadline deadline, std::size_t memory_bytes, std::stop_token stop)
      : deadline_(deadline), memory_bytes_(memory_bytes), stop_(std::move(stop)) {}

  // False when the search must end; cause() says why.
  bool allows(std::size_t bytes_in_use) {
    if (!cause_.empty()) return false;
    if (bytes_in_use > memory_bytes_) cause_ = "memory limit";
    if (++asked_ % 256 == 0) look();
    return cause_.empty();
  }
  // As above, but looks at the clock at once.
  bool look() {
    if (cause_.empty() && stop_.stop_requested()) cause_ = "interrupted";
    if (cause_.empty() && Clock::now() >= deadline_) cause_ = "time limit";
    return cause_.empty();
  }
  const std::string& cause() const { return cause_; }

 private:
  Deadline deadline_;
  std::size_t memory_bytes_;
  std::stop_token stop_;
  std::size_t asked_ = 0;
  std::string cause_;
};

}  // namespace clew
