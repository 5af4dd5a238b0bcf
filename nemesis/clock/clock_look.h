#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "nemesis/clock/clock_patch.h"

namespace clew {

// How far ahead of ours a process' clocks are, as the process itself is told: a
// copy of the clock code in its memory is run here, whatever was written there
// before. The process is not stopped and needs not run. Exactly zero where its vDSO
// is the kernel's, byte by byte; nothing where it is gone. Throws HarnessError
// where its vDSO is neither the kernel's nor patched by us.
std::optional<ClockOffsets> look_at_clocks(pid_t pid);

// Empty where the clock of a child of ours can be bent and straightened; else why
// not. Tries it on one, which takes some milliseconds.
std::string why_clocks_cannot_be_bent();

}  // namespace clew
