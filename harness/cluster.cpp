#include "harness/cluster.h"

#include "harness/error.h"

namespace clew {

const Node& Cluster::node(const std::string& name) const {
  for (const Node& node : nodes())
    if (node.name == name) return node;
  throw HarnessError("no node named '" + name + "'");
}

void Cluster::wipe(const Node& node) {
  if (is_alive(status(node).life))
    throw HarnessError("the data of " + node.name + " cannot be removed: its server is alive");
  for (const auto& entry : std::filesystem::directory_iterator(data_dir(node))) {
    std::error_code error;
    std::filesystem::remove_all(entry.path(), error);
    if (error) throw HarnessError(entry.path().string() + ": " + error.message());
  }
  if (Disk* disk = this->disk(node)) disk->flush();  // Or a power loss brought it back.
}

void Cluster::at_exec(const Node& node, const AtExec& hook) {
  if (hook)
    throw EnvironmentError("servers on " + node.name + " cannot be stopped at their first step");
}

}  // namespace clew
