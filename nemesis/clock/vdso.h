#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/fd.h"

namespace clew {

// Throws HarnessError: "the clock of process 7 cannot be changed: ...".
[[noreturn]] void refuse_clock(pid_t pid, const std::string& why);

// The memory of a live process. It stays that of this very process, also when its
// pid is given to another: then it is gone.
class ProcessMemory {
 public:
  // Throws HarnessError where it cannot be opened (no right to trace it, or gone).
  explicit ProcessMemory(pid_t pid);

  // False when the process is gone; HarnessError on everything else.
  bool read(std::uint64_t at, void* to, std::size_t size) const;
  bool write(std::uint64_t at, const void* from, std::size_t size) const;

 private:
  Fd fd_;
};

// The code that the kernel maps into every process so that asking the time needs
// no system call.
struct Vdso {
  struct Symbol {
    std::uint64_t at = 0;  // From the beginning of the image.
    std::uint64_t size = 0;
  };

  std::uint64_t base = 0;             // Where it is in that process.
  std::vector<std::uint8_t> bytes{};  // The whole mapping.
  std::size_t used = 0;               // Of it; the rest is slack up to the end of the page.
  std::map<std::string, Symbol> functions{};

  // Throws HarnessError naming what was not as expected: no vDSO, a 32-bit
  // process, no symbols, the process gone.
  static Vdso of(pid_t pid, const ProcessMemory& memory);
};

}  // namespace clew
