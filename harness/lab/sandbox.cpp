#include "harness/lab/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "harness/error.h"
#include "harness/fd.h"
#include "harness/lab/interface.h"

namespace clew {
namespace {

constexpr int not_set_up = 251;  // Init's way to say that it has told why already.

sigset_t forwarded() {
  sigset_t set{};
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&set, number);
  return set;
}

// Blocked, signals are read from a descriptor; the destructor puts the mask back.
class Signals {
 public:
  Signals() {
    const sigset_t set = forwarded();
    ::sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw EnvironmentError(errno_text("signalfd", errno));
  }
  ~Signals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const { return fd_.get(); }
  const sigset_t& before() const { return before_; }
  // 0 when there is none.
  int take() const {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo)
                                                                : 0;
  }

 private:
  sigset_t before_{};
  Fd fd_;
};

void write_file(const char* path, const std::string& text) {
  const Fd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw EnvironmentError(errno_text("write(" + std::string(path) + ")", errno));
}

void become_root_inside(uid_t uid, gid_t gid) {
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
  write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

void private_mounts() {
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    throw EnvironmentError(errno_text("mount(/, MS_PRIVATE)", errno));
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    throw EnvironmentError(errno_text("mount(/proc)", errno));
}

[[noreturn]] void be_harness(const std::function<int()>& body, const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  int code = 255;
  try {
    code = body();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "clew: internal error: %s\n", e.what());
  }
  std::fflush(nullptr);
  ::_exit(code);
}

// Reaps everything; returns the exit code once the harness is gone, -1 before.
int reap(pid_t harness) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != harness) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    std::fprintf(stderr, "clew: internal error: the harness was killed by SIG%s\n",
                 ::sigabbrev_np(WTERMSIG(status)));
    return 255;
  }
  return -1;
}

int supervise(const Signals& signals, pid_t harness, const Fd& alive) {
  for (;;) {
    pollfd polls[2] = {{signals.fd(), POLLIN, 0}, {alive.get(), POLLIN, 0}};
    ::poll(polls, 2, -1);  // Ends with the outer's death or the harness' end.
    if (polls[1].revents != 0) return 255;
    while (const int number = signals.take()) {
      if (number != SIGCHLD) ::kill(harness, number);
    }
    if (const int code = reap(harness); code >= 0) return code;
  }
}

// `alive` ends when the outer dies.
[[noreturn]] void be_init(const std::function<int()>& body, const Signals& signals, const Fd& alive,
                          bool new_user, uid_t uid, gid_t gid) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  try {
    if (new_user) become_root_inside(uid, gid);
    private_mounts();
    bring_up_loopback();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "clew: the sandbox cannot be set up: %s; see clew doctor\n", e.what());
    ::_exit(not_set_up);
  }
  const pid_t harness = ::fork();
  if (harness < 0) ::_exit(255);
  if (harness == 0) be_harness(body, signals.before());
  ::_exit(supervise(signals, harness, alive));
}

[[noreturn]] void no_namespaces(int why) {
  throw EnvironmentError(
      errno_text("clone(new namespaces)", why) +
      "; clew needs to be root, or a kernel that gives user namespaces to plain users: "
      "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000");
}

}  // namespace

int run_in_sandbox(const std::function<int()>& body) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  const bool new_user = uid != 0;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError(errno_text("pipe2", errno));
  Fd alive(ends[0]);
  Fd held(ends[1]);
  const Signals signals;
  std::fflush(nullptr);
  const auto flags = static_cast<unsigned long>(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
                                                (new_user ? CLONE_NEWUSER : 0) | SIGCHLD);
  const auto init = static_cast<pid_t>(::syscall(SYS_clone, flags, 0L, 0L, 0L, 0L));
  if (init < 0) no_namespaces(errno);
  if (init == 0) {
    held.reset();
    be_init(body, signals, alive, new_user, uid, gid);
  }
  alive.reset();
  for (;;) {
    pollfd poll{.fd = signals.fd(), .events = POLLIN, .revents = 0};
    ::poll(&poll, 1, -1);  // Ends with init, which ends with the body.
    while (const int number = signals.take()) {
      if (number != SIGCHLD) ::kill(init, number);
    }
    int status = 0;
    if (::waitpid(init, &status, WNOHANG) != init) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status) == not_set_up ? 4 : WEXITSTATUS(status);
    std::fprintf(stderr, "clew: internal error: the sandbox was killed by SIG%s\n",
                 ::sigabbrev_np(WTERMSIG(status)));
    return 255;
  }
}

}  // namespace clew
