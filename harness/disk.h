#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/clock.h"

namespace clew {

// How a node's disk treats its server, until told otherwise.
struct DiskRules {
  bool lying_fsync = false;  // fsync says ok and keeps nothing.
  Nanos slow_fsync{};        // Each fsync takes this much longer.
  double fsync_error = 0;    // Shares in [0, 1] of the calls that fail with EIO,
  double write_error = 0;
  double read_error = 0;
  bool full = false;       // Writes that need room fail with ENOSPC.
  double rotten_read = 0;  // Share of the reads in which one bit is wrong.
  // The machine itself writes everything out this often, asked or not, as ext4's
  // journal does; 0: never.
  Nanos flush_every = std::chrono::seconds(5);

  bool operator==(const DiskRules&) const = default;
};

// Counted since the disk was made, monotonic but for the last three.
struct DiskCounts {
  std::uint64_t writes = 0, fsyncs = 0, lied = 0, slowed = 0;
  std::uint64_t errors = 0, refused = 0, rotten = 0;     // EIO, ENOSPC, wrong bits given.
  std::uint64_t lost_pages = 0, lost_names = 0;          // By lose().
  std::uint64_t unsynced_pages = 0, unsynced_names = 0;  // That lose() would lose now.
  std::uint64_t waiting_fsyncs = 0;                      // That go on now.
};

// The disk of one node: what its server writes reaches the page cache, and only what
// it fsyncs is kept when the power fails. Thread-safe. Each throws EnvironmentError
// where the disk itself is gone.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual void set(const DiskRules& rules) = 0;
  virtual DiskCounts counts() = 0;
  // Writes everything out, as `sync` does.
  virtual void flush() = 0;
  // No fsync comes to its end before lose(), or before this time is over; one whose
  // caller is killed meanwhile keeps nothing. Zero ends it.
  virtual void hold_fsyncs(Nanos at_most) = 0;
  // Called on a thread of the disk whenever a server begins an fsync, with the file's
  // path in its data folder; the fsync goes on when the call returns, or after two
  // seconds. Empty: no more, and none goes on.
  using OnFsync = std::function<void(const std::string& path)>;
  virtual void watch_fsyncs(OnFsync on_fsync) = 0;
  // The power fails: what was not fsynced is as before, but for a share `kept` of it,
  // drawn from `seed` (torn writes). The server must be dead. What was lost.
  virtual DiskCounts lose(double kept, std::uint64_t seed) = 0;
};

}  // namespace clew
