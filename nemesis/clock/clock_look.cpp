#include "nemesis/clock/clock_look.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "harness/error.h"
#include "nemesis/clock/layout.h"

namespace clew {
namespace {

constexpr int tries = 5;  // The one that was disturbed least counts.

Nanos nanos_of(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + Nanos(time.tv_nsec);
}

// An executable copy of a patched vDSO. The clock code asks the kernel and reads
// nothing outside of itself, so it runs anywhere.
class Copy {
 public:
  explicit Copy(const Vdso& vdso) : size_(vdso.bytes.size()) {
    memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw HarnessError(errno_text("mmap()", errno));
    std::memcpy(memory_, vdso.bytes.data(), size_);
    if (::mprotect(memory_, size_, PROT_READ | PROT_EXEC) != 0) {
      const int error = errno;
      ::munmap(memory_, size_);
      throw HarnessError(errno_text("mprotect(PROT_EXEC)", error));
    }
    const Vdso::Symbol* entry = find_entry(vdso, clock_entries().front());
    tell_ = reinterpret_cast<Tell>(static_cast<char*>(memory_) + entry->at);
  }
  ~Copy() { ::munmap(memory_, size_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  // How far its clock is ahead.
  Nanos ahead(clockid_t clock) const {
    Nanos best{}, best_doubt = Nanos::max();
    for (int i = 0; i < tries; ++i) {
      timespec before{}, there{}, after{};
      ::clock_gettime(clock, &before);
      if (tell_(clock, &there) != 0) throw HarnessError("a patched clock does not tell the time");
      ::clock_gettime(clock, &after);
      const Nanos doubt = nanos_of(after) - nanos_of(before);
      if (doubt >= best_doubt) continue;
      best_doubt = doubt;
      best = nanos_of(there) - nanos_of(before) - doubt / 2;
    }
    return best;
  }

 private:
  using Tell = int (*)(clockid_t, timespec*);
  std::size_t size_;
  void* memory_ = nullptr;
  Tell tell_ = nullptr;
};

bool is_the_kernels(const Vdso& vdso) {
  const Vdso& ours = kernels_vdso();
  return vdso.used == ours.used &&
         std::equal(vdso.bytes.begin(), vdso.bytes.begin() + static_cast<std::ptrdiff_t>(vdso.used),
                    ours.bytes.begin());
}

bool is_gone(pid_t pid) {
  siginfo_t info{};
  if (::kill(pid, 0) != 0) return errno == ESRCH;
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

// A process that does nothing, ours alone.
class Idler {
 public:
  Idler() : pid_(::fork()) {
    if (pid_ < 0) throw HarnessError(errno_text("fork()", errno));
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  ~Idler() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Idler(const Idler&) = delete;
  Idler& operator=(const Idler&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace

std::optional<ClockOffsets> look_at_clocks(pid_t pid) {
  try {
    const ProcessMemory memory(pid);
    const Vdso vdso = Vdso::of(pid, memory);
    if (is_the_kernels(vdso)) return ClockOffsets{};
    if (!is_patched(vdso))
      throw HarnessError("the vDSO of process " + std::to_string(pid) +
                         " was changed by somebody else, or by half");
    const Copy copy(vdso);
    return ClockOffsets{copy.ahead(CLOCK_REALTIME), copy.ahead(CLOCK_MONOTONIC)};
  } catch (const HarnessError&) {
    if (is_gone(pid)) return std::nullopt;
    throw;
  }
}

std::string why_clocks_cannot_be_bent() {
  if (!clock_patch_known()) return "clew has no clock code for this processor yet";
  try {
    const Idler idler;
    const Deadline deadline = Clock::now() + std::chrono::seconds(2);
    const ClockOffsets hour{.realtime = std::chrono::hours(1)};
    ClockPatch patch = ClockPatch::live(idler.pid(), hour, deadline);
    const auto bent = look_at_clocks(idler.pid());
    if (!bent || bent->realtime < std::chrono::minutes(59)) return "it had no effect on a child";
    if (!patch.restore(deadline)) return "it could not be taken back from a child";
    if (look_at_clocks(idler.pid()) != ClockOffsets{}) return "a child's clock stayed bent";
  } catch (const HarnessError& e) { return e.what(); }
  return {};
}

}  // namespace clew
