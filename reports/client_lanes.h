#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "harness/history.h"

namespace clew {

// Which lane a process has. clew gives a client whose answer got lost the number that is `stride`
// higher; of histories from elsewhere, whoever comes next takes the lane that became free first.
class ClientLanes {
 public:
  // `concurrency`: how many clients there were; 0: nobody knows.
  ClientLanes(const History& history, int concurrency);

  std::uint32_t of(std::int64_t process);
  void begins(std::uint32_t lane) { open_[lane] = true; }
  void ends(std::uint32_t lane, bool retired) {
    open_[lane] = false;
    if (retired && stride_ == 0) free_.insert(lane);
  }

 private:
  std::int64_t stride_ = 0;
  std::uint32_t next_ = 0;
  std::unordered_map<std::int64_t, std::uint32_t> lanes_{};
  std::vector<bool> open_{};
  std::set<std::uint32_t> free_{};
};

}  // namespace clew
