#include "nemesis/clock/stopped.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "harness/error.h"
#include "nemesis/clock/arch.h"

namespace clew {
namespace {

constexpr auto look_every = std::chrono::microseconds(20);

// The kernel numbers it in a header that clashes with <sys/ptrace.h>.
constexpr int event_stop = 128;

bool is_dead(pid_t pid, pid_t thread) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(stat, text, '\0');
  const auto end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() || text[end + 2] == 'Z' ||
         text[end + 2] == 'X';
}

}  // namespace

Stopped::Stopped(pid_t pid, Deadline deadline) : pid_(pid) {
  try {
    while (seize_new(deadline)) {}  // A thread that still ran may have made another.
  } catch (...) {
    let_go();
    throw;
  }
  if (threads_.empty()) throw HarnessError("process " + std::to_string(pid) + " is gone");
}

Stopped::~Stopped() { let_go(); }

bool Stopped::seize_new(Deadline deadline) {
  bool found = false;
  std::error_code error;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid_) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    const pid_t thread = std::stoi(task.path().filename());
    if (threads_.contains(thread)) continue;
    if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) {
      const int why = errno;
      if (why == ESRCH || is_dead(pid_, thread)) continue;
      throw HarnessError(errno_text("ptrace(SEIZE, " + std::to_string(thread) + ")", why));
    }
    threads_[thread] = 0;
    found = true;
    ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
    if (await_stop(thread, deadline) == Seen::gone) threads_.erase(thread);
  }
  return found;
}

// Never reaps the process itself: that is for who started it.
Stopped::Seen Stopped::await_stop(pid_t thread, Deadline deadline) {
  const auto id = static_cast<id_t>(thread);
  while (true) {
    siginfo_t info{};
    const int got = ::waitid(P_PID, id, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL);
    if (got != 0 && errno != EINTR) return Seen::gone;
    if (got == 0 && info.si_pid == thread) {
      if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) {
        if (thread != pid_) ::waitid(P_PID, id, &info, WEXITED | WNOHANG | __WALL);
        return Seen::gone;
      }
      ::waitid(P_PID, id, &info, WSTOPPED | WNOHANG | __WALL);
      // Stopped on its way to a signal: it gets that when it goes on.
      const bool signal = info.si_status >> 8 != event_stop && info.si_status != SIGTRAP;
      if (signal) {
        int& owed = threads_[thread];
        if (owed != 0) ::syscall(SYS_tgkill, pid_, thread, owed);
        owed = info.si_status & 0x7f;
      }
      return Seen::stopped;
    }
    if (left(deadline) == Nanos{0})
      throw HarnessError("thread " + std::to_string(thread) + " did not stop in time");
    std::this_thread::sleep_for(look_every);
  }
}

void Stopped::step_out(const std::function<bool(std::uint64_t)>& inside, Deadline deadline) {
  for (auto thread = threads_.begin(); thread != threads_.end();) {
    bool alive = true;
    while (alive && inside(instruction_pointer(thread->first))) {
      // A signal that it is owed waits: its handler would come back to where we write.
      alive = ::ptrace(PTRACE_SINGLESTEP, thread->first, nullptr, nullptr) == 0 &&
              await_stop(thread->first, deadline) == Seen::stopped;
    }
    thread = alive ? std::next(thread) : threads_.erase(thread);
  }
}

void while_stopped(pid_t pid, Deadline deadline, const std::function<void(Stopped&)>& work) {
  std::exception_ptr error;
  std::thread([&] {
    try {
      Stopped stopped(pid, deadline);
      work(stopped);
    } catch (...) { error = std::current_exception(); }
  }).join();
  if (error) std::rethrow_exception(error);
}

void Stopped::let_go() {
  for (const auto& [thread, signal] : threads_)
    ::ptrace(PTRACE_DETACH, thread, nullptr, static_cast<std::intptr_t>(signal));
  threads_.clear();
}

}  // namespace clew
