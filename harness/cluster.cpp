#include "harness/cluster.h"

#include "harness/error.h"

namespace clew {

const Node& Cluster::node(const std::string& name) const {
  for (const Node& node : nodes())
    if (node.name == name) return node;
  throw HarnessError("no node named '" + name + "'");
}

}  // namespace clew
