#pragma once

#include <cstddef>
#include <cstdint>

#include "nemesis/clock/arch.h"
#include "nemesis/clock/vdso.h"

namespace clew {

// This process' own, which nobody has changed: what the kernel gives to every process.
const Vdso& kernels_vdso();

// Where in a vDSO the clock patch puts what.

inline constexpr std::uint64_t clock_code_magic = 0x31304b434f4c4377;  // "wCLOCK01"

// In the slack behind what the kernel uses.
std::size_t clock_code_offset(const Vdso& vdso);
// nullptr where this vDSO does not have that function.
const Vdso::Symbol* find_entry(const Vdso& vdso, const ClockEntry& entry);
// What the function begins with when it is patched. It must be there.
Jump clock_jump_of(const Vdso& vdso, const ClockEntry& entry);

// Whether our code, that of this very build, is in the slack.
bool has_clock_code(const Vdso& vdso);
// Whether all clock functions lead to it.
bool is_patched(const Vdso& vdso);

}  // namespace clew
