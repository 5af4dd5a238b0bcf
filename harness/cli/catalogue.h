#pragma once

#include <string>
#include <vector>

namespace clew {

// What clew can be asked for by name.
struct Item {
  std::string name{}, summary{};
};

// Of "systems", "workloads", "faults", "models" or "checkers".
std::vector<Item> catalogue(const std::string& what);

}  // namespace clew
