#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/history.h"

namespace clew {

// The client events of one key, as positions in History::ops(). Linearizability
// is local: a history is linearizable exactly if each key's part is.
struct KeyEvents {
  std::string key{};
  std::vector<std::uint32_t> events{};  // Ascending.
  // Of each event, the number of its call among the key's, by invocation.
  std::vector<std::uint32_t> calls{};
  std::uint32_t call_count = 0;
};

// In order of each key's first event.
std::vector<KeyEvents> partition(const History& history);

}  // namespace clew
