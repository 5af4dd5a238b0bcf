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
  std::vector<std::uint32_t> call_of(ops.size());  // By completion.
  std::size_t last = 0;                            // Most histories have one key, or runs of one.
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].process < 0) continue;
    if (keys.empty() || keys[last].key != ops[i].key) {
      const auto [it, fresh] = places.emplace(ops[i].key, keys.size());
      if (fresh) keys.push_back({ops[i].key, {}, {}, 0});
      last = it->second;
    }
    KeyEvents& key = keys[last];
    key.events.push_back(static_cast<std::uint32_t>(i));
    const bool invoke = ops[i].kind == Kind::invoke;
    const std::uint32_t call = invoke ? key.call_count++ : call_of[i];
    key.calls.push_back(call);
    if (invoke && history.completion(i) != History::none) call_of[history.completion(i)] = call;
  }
  return keys;
}

}  // namespace clew
