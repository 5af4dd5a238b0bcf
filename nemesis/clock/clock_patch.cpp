#include "nemesis/clock/clock_patch.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "harness/error.h"
#include "nemesis/clock/arch.h"
#include "nemesis/clock/layout.h"
#include "nemesis/clock/stopped.h"

namespace clew {
namespace {

// Nothing is written before all of this holds.
void check_fit(pid_t pid, const Vdso& vdso) {
  if (!clock_patch_known()) refuse_clock(pid, "nobody has written the code for this processor yet");
  for (const ClockEntry& entry : clock_entries()) {
    const Vdso::Symbol* symbol = find_entry(vdso, entry);
    if (symbol == nullptr && entry.required)
      refuse_clock(pid, "its vDSO has no " + std::string(entry.symbol));
    if (symbol != nullptr && (symbol->size < jump_size || symbol->at + jump_size > vdso.used))
      refuse_clock(pid, std::string(entry.symbol) + " is too short to be replaced");
  }
  if (is_patched(vdso)) return;
  const std::size_t at = clock_code_offset(vdso);
  if (at + clock_code().size() > vdso.bytes.size())
    refuse_clock(pid, "its vDSO fills its pages up, there is no room for code");
  // There the kernel leaves what is of use to linkers only.
  const auto slack = vdso.bytes.begin() + static_cast<std::ptrdiff_t>(vdso.used);
  const std::vector<std::uint8_t>& usual = kernels_vdso().bytes;
  if (!has_clock_code(vdso) &&
      (usual.size() != vdso.bytes.size() ||
       !std::equal(slack, vdso.bytes.end(),
                   usual.begin() + static_cast<std::ptrdiff_t>(vdso.used))))
    refuse_clock(pid, "something else is behind its vDSO");
}

}  // namespace

ClockPatch::ClockPatch(pid_t pid, ProcessMemory memory, Vdso vdso)
    : pid_(pid), memory_(std::move(memory)), vdso_(std::move(vdso)) {
  check_fit(pid_, vdso_);
}

std::uint64_t ClockPatch::code_at() const { return vdso_.base + clock_code_offset(vdso_); }

bool ClockPatch::inside_a_window(std::uint64_t at) const {
  for (const ClockEntry& entry : clock_entries()) {
    const Vdso::Symbol* symbol = find_entry(vdso_, entry);
    if (symbol == nullptr) continue;
    const std::uint64_t begin = vdso_.base + symbol->at;
    if (at > begin && at < begin + jump_size) return true;  // At its begin, the jump is taken.
  }
  return false;
}

ClockPatch ClockPatch::live(pid_t pid, const ClockOffsets& offsets, Deadline deadline) {
  ProcessMemory memory(pid);
  Vdso vdso = Vdso::of(pid, memory);
  ClockPatch patch(pid, std::move(memory), std::move(vdso));
  if (patch.adopt()) {
    if (!patch.set(offsets)) refuse_clock(pid, "it is gone");
    return patch;
  }
  while_stopped(pid, deadline, [&](Stopped& stopped) {
    stopped.step_out([&](std::uint64_t at) { return patch.inside_a_window(at); }, deadline);
    patch.install(offsets);
  });
  return patch;
}

ClockPatch ClockPatch::before_start(pid_t pid, const ClockOffsets& offsets) {
  ProcessMemory memory(pid);
  Vdso vdso = Vdso::of(pid, memory);
  ClockPatch patch(pid, std::move(memory), std::move(vdso));
  patch.install(offsets);
  return patch;
}

// Of a process that is patched already, vdso_ becomes what it was before.
bool ClockPatch::adopt() {
  if (!is_patched(vdso_)) return false;
  ClockData data;
  std::memcpy(&data, vdso_.bytes.data() + clock_code_offset(vdso_), sizeof data);
  const auto entries = clock_entries();
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (const Vdso::Symbol* symbol = find_entry(vdso_, entries[i]))
      std::memcpy(vdso_.bytes.data() + symbol->at, data.original[i].data(), jump_size);
  return true;
}

// The process stands still. The code first, the ways to it last; should one fail,
// those before it are taken back.
void ClockPatch::install(const ClockOffsets& offsets) {
  const auto code = clock_code();
  const auto entries = clock_entries();
  std::vector<std::uint8_t> whole(code.begin(), code.end());
  ClockData data;
  data.magic = clock_code_magic;
  data.realtime.nanos[0] = offsets.realtime.count();
  data.monotonic.nanos[0] = offsets.monotonic.count();
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (const Vdso::Symbol* symbol = find_entry(vdso_, entries[i]))
      std::memcpy(data.original[i].data(), vdso_.bytes.data() + symbol->at, jump_size);
  std::memcpy(whole.data(), &data, sizeof data);
  if (!memory_.write(code_at(), whole.data(), whole.size())) refuse_clock(pid_, "it is gone");
  std::vector<std::uint8_t> back(whole.size());
  if (!memory_.read(code_at(), back.data(), back.size()) || back != whole)
    refuse_clock(pid_, "what was written to its vDSO is not there");
  std::size_t done = 0;
  try {
    for (; done < entries.size(); ++done) {
      const Vdso::Symbol* symbol = find_entry(vdso_, entries[done]);
      if (symbol == nullptr) continue;
      const Jump jump = clock_jump_of(vdso_, entries[done]);
      if (!memory_.write(vdso_.base + symbol->at, jump.data(), jump.size()))
        refuse_clock(pid_, "it is gone");
    }
  } catch (const HarnessError&) {
    for (std::size_t i = 0; i <= done && i < entries.size(); ++i)
      if (const Vdso::Symbol* symbol = find_entry(vdso_, entries[i]))
        memory_.write(vdso_.base + symbol->at, vdso_.bytes.data() + symbol->at, jump_size);
    throw;
  }
}

bool ClockPatch::set(const ClockOffsets& offsets) {
  const auto put = [&](std::size_t member, std::int64_t nanos) {
    const std::uint64_t at = code_at() + member;
    ClockSlots slots;
    if (!memory_.read(at, &slots, sizeof slots)) return false;
    const std::uint64_t other = slots.index == 0 ? 1 : 0;
    return memory_.write(at + offsetof(ClockSlots, nanos) + other * sizeof nanos, &nanos,
                         sizeof nanos) &&
           memory_.write(at + offsetof(ClockSlots, index), &other, sizeof other);
  };
  return put(offsetof(ClockData, realtime), offsets.realtime.count()) &&
         put(offsetof(ClockData, monotonic), offsets.monotonic.count());
}

// A jump is one instruction: no thread can be in the middle of it, but the write
// of its bytes must not be seen half done.
bool ClockPatch::restore(Deadline deadline) {
  if (!set({})) return false;
  try {
    bool written = true;
    while_stopped(pid_, deadline, [&](Stopped&) {
      for (const ClockEntry& entry : clock_entries())
        if (const Vdso::Symbol* symbol = find_entry(vdso_, entry))
          written = written && memory_.write(vdso_.base + symbol->at,
                                             vdso_.bytes.data() + symbol->at, jump_size);
    });
    if (!written) return false;
  } catch (const HarnessError&) {
    if (std::uint64_t still = 0; memory_.read(code_at(), &still, sizeof still)) throw;
    return false;  // It ended meanwhile.
  }
  std::vector<std::uint8_t> now(vdso_.used);
  if (!memory_.read(vdso_.base, now.data(), now.size())) return false;
  if (!std::equal(now.begin(), now.end(), vdso_.bytes.begin()))
    throw HarnessError("the vDSO of process " + std::to_string(pid_) +
                       " is not as it was after it had been put back");
  return true;
}

}  // namespace clew
