#include "nemesis/clock/layout.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace clew {
namespace {

constexpr std::size_t alignment = 64;  // Of a cache line: the offsets are read as one.

}  // namespace

const Vdso& kernels_vdso() {
  static const Vdso ours = Vdso::of(::getpid(), ProcessMemory(::getpid()));
  return ours;
}

std::size_t clock_code_offset(const Vdso& vdso) {
  return (vdso.used + alignment - 1) / alignment * alignment;
}

const Vdso::Symbol* find_entry(const Vdso& vdso, const ClockEntry& entry) {
  const auto it = vdso.functions.find(std::string(entry.symbol));
  return it == vdso.functions.end() ? nullptr : &it->second;
}

Jump clock_jump_of(const Vdso& vdso, const ClockEntry& entry) {
  return clock_jump(find_entry(vdso, entry)->at, clock_code_offset(vdso) + entry.offset);
}

// Whether the entry's jump is there.
static bool jumps(const Vdso& vdso, const ClockEntry& entry) {
  const Vdso::Symbol* symbol = find_entry(vdso, entry);
  const Jump jump = clock_jump_of(vdso, entry);
  return std::memcmp(vdso.bytes.data() + symbol->at, jump.data(), jump.size()) == 0;
}

bool has_clock_code(const Vdso& vdso) {
  const auto code = clock_code();
  const std::size_t at = clock_code_offset(vdso);
  if (at + code.size() > vdso.bytes.size()) return false;
  std::uint64_t found = 0;
  std::memcpy(&found, vdso.bytes.data() + at, sizeof found);
  return found == clock_code_magic &&
         std::equal(code.begin() + sizeof(ClockData), code.end(),
                    vdso.bytes.begin() + static_cast<std::ptrdiff_t>(at + sizeof(ClockData)));
}

bool is_patched(const Vdso& vdso) {
  if (!has_clock_code(vdso)) return false;
  const auto entries = clock_entries();
  return std::all_of(entries.begin(), entries.end(), [&](const ClockEntry& entry) {
    return find_entry(vdso, entry) == nullptr || jumps(vdso, entry);
  });
}

}  // namespace clew
