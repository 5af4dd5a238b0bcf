#include "nemesis/servers.h"

namespace clew {

void start_unless_held(Arena& arena, const Node& node, const std::string& id) {
  if (arena.cluster.status(node).life == Life::gone && !arena.downs->is_held(node.name, id))
    arena.system.start(arena.cluster, node);
}

}  // namespace clew
