#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/network.h"

namespace clew {

// What happened to the frames of some links since it was made, all links together.
class Traffic {
 public:
  Traffic() = default;
  Traffic(const Network& network, std::vector<std::pair<int, int>> links);

  struct Sum {
    std::int64_t entered = 0, dropped = 0, passed = 0;
    std::int64_t late = 0, overtook = 0, doubled = 0, corrupted = 0;
    std::size_t links_dropping = 0;
  };
  Sum since(const Network& network) const;

 private:
  std::vector<std::pair<int, int>> links_;
  std::vector<LinkCount> before_;
};

std::string grouped_number(std::int64_t number);  // "1,204"
std::string frames(std::int64_t number);          // "1 frame", "1,204 frames"

}  // namespace clew
