// The clock patch for x86-64.
//
// The functions keep to the C calling convention, as the ones they replace: they
// may change rax, rcx, rdx, rsi, rdi and r8 to r11, and need 40 bytes of stack,
// less than the kernel's own. Go calls the vDSO on its big stack.

#include <sys/ptrace.h>
#include <sys/user.h>

#include <cerrno>
#include <cstring>

#include "harness/error.h"
#include "nemesis/clock/arch.h"

// Clock classes by bit: realtime is REALTIME, REALTIME_COARSE, REALTIME_ALARM and
// TAI; monotonic is MONOTONIC, its RAW and COARSE, BOOTTIME and BOOTTIME_ALARM.
// CPU-time clocks and unknown ones pass.
asm(R"(
.pushsection .rodata
.balign 16
clew_clock_begin:
  .quad 0
clew_clock_realtime:
  .quad 0, 0, 0
clew_clock_monotonic:
  .quad 0, 0, 0
  .quad 0, 0, 0, 0
clew_clock_gettime:
  movl $228, %eax
  syscall
  testq %rax, %rax
  jnz 9f
  cmpl $11, %edi
  ja 9f
  leaq clew_clock_realtime(%rip), %r8
  movl $0x921, %ecx
  btl %edi, %ecx
  jc 1f
  leaq clew_clock_monotonic(%rip), %r8
  movl $0x2d2, %ecx
  btl %edi, %ecx
  jnc 9f
1:
  movq (%r8), %r9
  movq 8(%r8,%r9,8), %rax
  addq 8(%rsi), %rax
  movl $1000000000, %ecx
  cqo
  idivq %rcx
  testq %rdx, %rdx
  jns 2f
  addq %rcx, %rdx
  decq %rax
2:
  addq %rax, (%rsi)
  movq %rdx, 8(%rsi)
  xorl %eax, %eax
9:
  ret
clew_clock_gettimeofday:
  movl $96, %eax
  syscall
  testq %rax, %rax
  jnz 9f
  testq %rdi, %rdi
  jz 9f
  leaq clew_clock_realtime(%rip), %r8
  movq (%r8), %r9
  movq 8(%r8,%r9,8), %rax
  movl $1000, %ecx
  cqo
  idivq %rcx
  sarq $63, %rdx
  addq %rdx, %rax
  addq 8(%rdi), %rax
  movl $1000000, %ecx
  cqo
  idivq %rcx
  testq %rdx, %rdx
  jns 2f
  addq %rcx, %rdx
  decq %rax
2:
  addq %rax, (%rdi)
  movq %rdx, 8(%rdi)
  xorl %eax, %eax
9:
  ret
clew_clock_time:
  pushq %rdi
  subq $16, %rsp
  movq %rsp, %rsi
  xorl %edi, %edi
  call clew_clock_gettime
  movq (%rsp), %rax
  addq $16, %rsp
  popq %rdi
  testq %rdi, %rdi
  jz 9f
  movq %rax, (%rdi)
9:
  ret
clew_clock_end:
.popsection
)");

extern "C" {
extern const std::uint8_t clew_clock_begin[], clew_clock_end[], clew_clock_gettime[],
    clew_clock_gettimeofday[], clew_clock_time[];
}

namespace clew {

static_assert(sizeof(ClockData) == 88, "the assembler's data is laid out as ClockData");

bool clock_patch_known() { return true; }

std::span<const std::uint8_t> clock_code() { return {clew_clock_begin, clew_clock_end}; }

std::span<const ClockEntry> clock_entries() {
  const auto offset = [](const std::uint8_t* function) {
    return static_cast<std::size_t>(function - clew_clock_begin);
  };
  static const std::array<ClockEntry, 3> entries{{
      {"__vdso_clock_gettime", offset(clew_clock_gettime), true},
      {"__vdso_gettimeofday", offset(clew_clock_gettimeofday), false},
      {"__vdso_time", offset(clew_clock_time), false},
  }};
  return entries;
}

// jmp rel32: both ends are in the vDSO, so it always reaches.
Jump clock_jump(std::uint64_t from, std::uint64_t to) {
  Jump jump{0xe9};
  const auto distance = static_cast<std::int32_t>(to - (from + jump_size));
  std::memcpy(jump.data() + 1, &distance, sizeof distance);
  return jump;
}

std::uint64_t instruction_pointer(pid_t thread) {
  user_regs_struct registers{};
  if (::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) == 0) return registers.rip;
  if (errno == ESRCH) return 0;
  throw HarnessError(errno_text("ptrace(GETREGS)", errno));
}

}  // namespace clew
