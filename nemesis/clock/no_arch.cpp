// Processors for which nobody has written the clock patch yet.

#include "nemesis/clock/arch.h"

namespace clew {

bool clock_patch_known() { return false; }
std::span<const std::uint8_t> clock_code() { return {}; }
std::span<const ClockEntry> clock_entries() { return {}; }
Jump clock_jump(std::uint64_t /*from*/, std::uint64_t /*to*/) { return {}; }
std::uint64_t instruction_pointer(pid_t /*thread*/) { return 0; }

}  // namespace clew
