#pragma once

#include <string>

#include "harness/nemesis.h"

namespace clew {

// Starts the server of `node` if it is gone and no fault but `id` keeps it down.
void start_unless_held(Arena& arena, const Node& node, const std::string& id);

}  // namespace clew
