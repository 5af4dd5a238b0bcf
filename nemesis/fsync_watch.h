#pragma once

#include <functional>
#include <string>

#include "harness/cluster.h"

namespace clew {

// Tells of each fsync that a server begins, on disks that can lose something. The
// fsync goes on when the call returns.
class FsyncWatch {
 public:
  // `on_fsync` is called on a thread for each node, with a path in its data folder.
  // Throws EnvironmentError where a node's disk is an ordinary one, or gone.
  FsyncWatch(Cluster& cluster,
             std::function<void(const std::string& node, const std::string& path)> on_fsync);
  ~FsyncWatch();  // Waits for the calls that go on.
  FsyncWatch(const FsyncWatch&) = delete;
  FsyncWatch& operator=(const FsyncWatch&) = delete;

 private:
  Cluster& cluster_;
};

}  // namespace clew
