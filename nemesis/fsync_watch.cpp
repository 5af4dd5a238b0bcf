#include "nemesis/fsync_watch.h"

#include "harness/disk.h"
#include "harness/error.h"

namespace clew {

FsyncWatch::FsyncWatch(
    Cluster& cluster,
    std::function<void(const std::string& node, const std::string& path)> on_fsync)
    : cluster_(cluster) {
  for (const Node& node : cluster.nodes()) {
    Disk* disk = cluster.disk(node);
    if (disk == nullptr)
      throw EnvironmentError("the disk of " + node.name + " is an ordinary one: it tells nothing");
    disk->watch_fsyncs(
        [on_fsync, name = node.name](const std::string& path) { on_fsync(name, path); });
  }
}

FsyncWatch::~FsyncWatch() {
  for (const Node& node : cluster_.nodes()) {
    try {
      cluster_.disk(node)->watch_fsyncs({});
    } catch (const std::exception&) {}  // It is gone, and tells nothing either.
  }
}

}  // namespace clew
