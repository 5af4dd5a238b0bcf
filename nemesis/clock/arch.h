#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace clew {

// What the clock patch needs to know of a processor: one file implements it.
// Another architecture is one more such file, and its line in CMakeLists.txt.

// One function of the vDSO that tells the time, and where in the code it goes instead.
struct ClockEntry {
  std::string_view symbol;  // "__vdso_gettimeofday"
  std::size_t offset = 0;   // Into code().
  bool required = false;    // Without it there is nothing to patch; others may be missing.
};

// A clock's offset as the code reads it: it takes slot[index]. A write goes to the
// other slot, then the low byte of `index` turns: no reader sees half of a number.
struct ClockSlots {
  std::uint64_t index = 0;
  std::array<std::int64_t, 2> nanos{};
};

// What code() begins with.
struct ClockData {
  std::uint64_t magic = 0;
  ClockSlots realtime{};
  ClockSlots monotonic{};
  std::array<std::array<std::uint8_t, 8>, 4> original{};  // Of each entry, what its jump replaced.
};

inline constexpr std::size_t jump_size = 5;  // Bytes; at most 8.
using Jump = std::array<std::uint8_t, jump_size>;

// False where there is no implementation; nothing below may be called then.
bool clock_patch_known();

// Position-independent: a ClockData, then functions that ask the kernel and add
// the offset of the clock's class. Everything else they leave as the kernel does.
std::span<const std::uint8_t> clock_code();
std::span<const ClockEntry> clock_entries();  // At most as many as ClockData::original holds.
Jump clock_jump(std::uint64_t from, std::uint64_t to);

// Where a ptrace-stopped thread is. Throws HarnessError; 0 when the thread is gone.
std::uint64_t instruction_pointer(pid_t thread);

}  // namespace clew
