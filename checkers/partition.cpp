#include "checkers/partition.h"

#include <limits>
#include <string_view>
#include <unordered_map>

#include "harness/check.h"

namespace clew {

std::vector<KeyEvents> partition(const History& history) {
  const auto ops = history.ops();
  CLEW_CHECK(ops.size() < std::numeric_limits<std::uint32_t>::max() / 2);
  std::vector<KeyEvents> keys;
  std::unordered_map<std::string_view, std::size_t> places;
  std::size_t last = 0;  // Most histories have one key, or runs of one.
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].process < 0) continue;
    if (keys.empty() || keys[last].key != ops[i].key) {
      const auto [it, fresh] = places.emplace(ops[i].key, keys.size());
      if (fresh) keys.push_back({ops[i].key, {}});
      last = it->second;
    }
    keys[last].events.push_back(static_cast<std::uint32_t>(i));
  }
  return keys;
}

}  // namespace clew
