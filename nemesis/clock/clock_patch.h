#pragma once

#include <sys/types.h>

#include <cstdint>

#include "harness/clock.h"
#include "nemesis/clock/vdso.h"

namespace clew {

// How far a process' clocks are ahead of the machine's.
struct ClockOffsets {
  Nanos realtime{};
  Nanos monotonic{};
  bool operator==(const ClockOffsets&) const = default;
};

// The clocks of one process, ours to set: its copy of the vDSO's clock functions
// jumps to code of ours in the slack behind it, which asks the kernel and adds the
// offsets. No other process sees it, but children that it forks inherit it; a
// program that it executes has true clocks again.
//
// Not changed: clocks that are read by raw system calls, file times, and how long
// the kernel waits: an absolute deadline on a shifted monotonic clock is met late.
//
// Thread-safe, but for restore().
class ClockPatch {
 public:
  // Stops the process for about a millisecond. One that is patched already is
  // taken over. Throws HarnessError, the process being as it was, where it cannot
  // be done: it may not be traced, has no fitting vDSO, or is gone.
  static ClockPatch live(pid_t pid, const ClockOffsets& offsets, Deadline deadline);
  // For a process that stands still and has not run its first instruction.
  static ClockPatch before_start(pid_t pid, const ClockOffsets& offsets);

  // Without a stop, in microseconds. False when the process is gone.
  bool set(const ClockOffsets& offsets);

  // Zero offsets, then the kernel's bytes again. True when the process' vDSO was
  // read back and is as the kernel made it; false when the process is gone. Our
  // code stays in the slack, reached by nobody. Idempotent.
  bool restore(Deadline deadline);

  pid_t pid() const { return pid_; }

 private:
  ClockPatch(pid_t pid, ProcessMemory memory, Vdso vdso);
  void install(const ClockOffsets& offsets);
  bool adopt();
  bool inside_a_window(std::uint64_t at) const;
  std::uint64_t code_at() const;

  pid_t pid_;
  ProcessMemory memory_;
  Vdso vdso_;  // As it was found.
};

}  // namespace clew
