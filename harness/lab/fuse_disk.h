#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "harness/disk.h"
#include "harness/fd.h"
#include "harness/process.h"

namespace clew {

// A node's disk, served by a clew-disk process of its own: the slow fsync of one
// node delays no other. It ends with this object, or with us.
class FuseDisk final : public Disk {
 public:
  // Mounts at `mountpoint`, keeps the bytes in the folder `behind`. Throws
  // EnvironmentError where that cannot be done.
  FuseDisk(const std::filesystem::path& behind, const std::filesystem::path& mountpoint,
           const std::filesystem::path& log);
  ~FuseDisk() override;

  void set(const DiskRules& rules) override;
  DiskCounts counts() override;
  void flush() override;
  void hold_fsyncs(Nanos at_most) override;
  void watch_fsyncs(OnFsync on_fsync) override;
  DiskCounts lose(double kept, std::uint64_t seed) override;

  pid_t pid() const { return server_->pid(); }  // Of the process that serves it.

  // Why there can be none here; "" if they can. Tries nothing but what is needed.
  static std::string why_not();

 private:
  std::string ask(const std::string& request);
  std::string receive();
  [[noreturn]] void fail();
  void watch(const OnFsync& on_fsync, const std::stop_token& stop) const;

  std::filesystem::path mountpoint_, log_;
  std::mutex mutex_;  // One request at a time.
  Fd control_;        // Closed when the disk was found to be gone.
  Fd bell_;           // Where it tells of fsyncs.
  std::unique_ptr<Process> server_;
  std::jthread watch_;
};

}  // namespace clew
