#include "harness/lab/sandbox.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "harness/error.h"
#include "harness/fd.h"

namespace clew {
namespace {

constexpr int crashed = 255;
bool inside = false;  // Set once, before the harness has threads.

struct Pipe {
  Fd in, out;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError(errno_text("pipe2()", errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

sigset_t signal_set(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : signals) sigaddset(&set, s);
  return set;
}

// While it lives, the signals of `set` wait, a broken pipe is an error code, and
// children are ours to wait for. restore() puts everything back.
class SignalGuard {
 public:
  explicit SignalGuard(const sigset_t& set)
      : pipe_(::signal(SIGPIPE, SIG_IGN)), child_(::signal(SIGCHLD, SIG_DFL)) {
    ::pthread_sigmask(SIG_BLOCK, &set, &mask_);
  }
  ~SignalGuard() { restore(); }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  void restore() const {
    ::signal(SIGPIPE, pipe_);
    ::signal(SIGCHLD, child_);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  sigset_t mask_{};
  sighandler_t pipe_, child_;
};

// init's first word to the outer process.
struct Report {
  enum class Step : int { ready, user_map, mounts, proc, loopback, harness } step = Step::ready;
  int error_number = 0;
};

const char* describe(Report::Step step) {
  switch (step) {
    case Report::Step::user_map: return "write(/proc/self/uid_map)";
    case Report::Step::mounts: return "mount(/, MS_PRIVATE)";
    case Report::Step::proc: return "mount(/proc)";
    case Report::Step::loopback: return "ioctl(lo, SIOCSIFFLAGS)";
    case Report::Step::harness: return "fork()";
    case Report::Step::ready: break;
  }
  return "unknown step";
}

bool write_file(const char* path, const std::string& text) {
  const Fd fd(::open(path, O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool become_root_of_namespace(uid_t uid, gid_t gid) {
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") &&
         write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

bool raise_loopback() {
  const Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
  return any && ::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
}

int run_body(const std::function<int()>& body) {
  try {
    return body();
  } catch (const UsageError& error) {
    std::fprintf(stderr, "clew: %s\n", error.what());
    return 254;
  } catch (const EnvironmentError& error) {
    std::fprintf(stderr, "clew: %s\n", error.what());
    return 4;
  } catch (const std::exception& error) { std::fprintf(stderr, "clew: %s\n", error.what()); }
  return crashed;
}

// Everything that happens on init's side of the clone().
class Init {
 public:
  Init(Pipe commands, Pipe report, const SignalGuard& signals, const std::function<int()>& body)
      : commands_(std::move(commands.in)),
        report_(std::move(report.out)),
        signals_(signals),
        body_(body) {}

  [[noreturn]] void run(bool user_namespace, uid_t uid, gid_t gid) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // A Ctrl-C of the terminal reaches the outer process only.
    if (user_namespace && !become_root_of_namespace(uid, gid)) fail(Report::Step::user_map);
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      fail(Report::Step::mounts);
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
      fail(Report::Step::proc);
    if (!raise_loopback()) fail(Report::Step::loopback);
    // What came before setpgid() came to the outer process as well.
    const sigset_t forwarded = signal_set({SIGINT, SIGTERM});
    const timespec now{};
    while (::sigtimedwait(&forwarded, nullptr, &now) > 0) {}
    harness_ = ::fork();
    if (harness_ < 0) fail(Report::Step::harness);
    if (harness_ == 0) {
      commands_.reset();
      report_.reset();
      signals_.restore();
      inside = true;
      const int code = run_body(body_);
      std::fflush(nullptr);
      ::_exit(code);  // Destructors of the program belong to the outer process.
    }
    ::prctl(PR_SET_NAME, "clew-init");
    tell({});
    report_.reset();
    supervise();
  }

 private:
  void tell(const Report& report) const {
    if (::write(report_.get(), &report, sizeof report) != sizeof report) ::_exit(crashed);
  }
  [[noreturn]] void fail(Report::Step step) const {
    tell({step, errno});
    ::_exit(crashed);
  }

  [[noreturn]] void supervise() {
    const sigset_t all = signal_set({SIGCHLD, SIGINT, SIGTERM});
    const Fd signals(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    while (true) {
      reap();
      std::array<pollfd, 2> waiting{pollfd{commands_.get(), POLLIN, 0},
                                    pollfd{signals.get(), POLLIN, 0}};
      ::poll(waiting.data(), waiting.size(), -1);
      if (waiting[0].revents != 0) {
        unsigned char number = 0;
        if (::read(commands_.get(), &number, 1) != 1) ::_exit(crashed);  // The outer one is dead.
        ::kill(harness_, number);
      }
      signalfd_siginfo info;
      while (::read(signals.get(), &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD) ::kill(harness_, static_cast<int>(info.ssi_signo));
    }
  }

  // Orphans of the namespace end up as ours; the end of the harness is the end of all.
  void reap() const {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != harness_) continue;
      if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
      const int by = WTERMSIG(status);
      if (by == SIGINT || by == SIGTERM) ::_exit(128 + by);
      std::fprintf(stderr, "clew: the harness was killed by SIG%s; everything it ran is gone\n",
                   ::sigabbrev_np(by));
      ::_exit(crashed);
    }
  }

  Fd commands_, report_;
  const SignalGuard& signals_;
  const std::function<int()>& body_;
  pid_t harness_ = -1;
};

// The outer process' part: forward signals, wait for init.
int attend(pid_t init, const Fd& commands, const sigset_t& forwarded) {
  const Fd signals(::signalfd(-1, &forwarded, SFD_CLOEXEC | SFD_NONBLOCK));
  const Fd ended(static_cast<int>(::syscall(SYS_pidfd_open, init, 0)));
  if (!signals || !ended) {
    const int error = errno;
    ::kill(init, SIGKILL);
    ::waitpid(init, nullptr, 0);
    throw EnvironmentError(errno_text("pidfd_open()", error));
  }
  while (true) {
    std::array<pollfd, 2> waiting{pollfd{ended.get(), POLLIN, 0}, pollfd{signals.get(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    signalfd_siginfo info;
    while (::read(signals.get(), &info, sizeof info) == sizeof info) {
      const auto number = static_cast<unsigned char>(info.ssi_signo);
      // Fails only when init is gone, and then there is nobody left to tell.
      [[maybe_unused]] const auto written = ::write(commands.get(), &number, 1);
    }
    if (waiting[0].revents == 0) continue;
    int status = 0;
    while (::waitpid(init, &status, 0) < 0 && errno == EINTR) {}
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    std::fprintf(stderr, "clew: the sandbox was killed by SIG%s; everything in it is gone\n",
                 ::sigabbrev_np(WTERMSIG(status)));
    return crashed;
  }
}

// fork() into new namespaces in one step, so that no half-made process can be
// left behind. glibc has no wrapper that returns twice like this.
pid_t clone_into_namespaces(bool user_namespace) {
  const unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
                              (user_namespace ? CLONE_NEWUSER : 0UL) |
                              static_cast<unsigned long>(SIGCHLD);
  return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
}

long setting(const char* path, long otherwise) {
  std::ifstream file(path);
  long value = 0;
  return file >> value ? value : otherwise;
}

}  // namespace

bool in_sandbox() { return inside; }

std::string how_to_allow_namespaces(int error) {
  const std::string what = errno_text("clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS)", error);
  if (setting("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
    return what + "; as root: sysctl -w kernel.unprivileged_userns_clone=1";
  for (const char* kind : {"user", "net", "pid", "mnt"}) {
    const std::string name = std::string("max_") + kind + "_namespaces";
    if (setting(("/proc/sys/user/" + name).c_str(), 1) == 0)
      return what + "; as root: sysctl -w user." + name + "=1000";
  }
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
    return what + "; as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  if (error == ENOSPC)
    return what + "; too many namespaces exist: as root, raise user.max_*_namespaces by sysctl";
  return what +
         "; in a container, allow it: docker run --privileged, or --security-opt "
         "seccomp=unconfined --security-opt systempaths=unconfined";
}

int run_in_sandbox(const SandboxOptions& options, const std::function<int()>& body) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  bool user_namespace = uid != 0 || options.force_user_namespace;
  std::fflush(nullptr);  // Or both sides would print what is buffered now.
  Pipe commands = make_pipe();
  Pipe report = make_pipe();
  const sigset_t forwarded = signal_set({SIGINT, SIGTERM});
  const sigset_t held = signal_set({SIGINT, SIGTERM, SIGCHLD});
  const SignalGuard guard(held);

  pid_t init = clone_into_namespaces(user_namespace);
  if (init < 0 && errno == EPERM && !user_namespace) {  // Root, but not by much: a container.
    user_namespace = true;
    init = clone_into_namespaces(user_namespace);
  }
  if (init < 0)
    throw EnvironmentError("cannot make the lab's namespaces: " + how_to_allow_namespaces(errno));
  if (init == 0) {
    commands.out.reset();
    report.in.reset();
    Init(std::move(commands), std::move(report), guard, body).run(user_namespace, uid, gid);
  }
  commands.in.reset();
  report.out.reset();
  Report told;
  const ssize_t got = ::read(report.in.get(), &told, sizeof told);
  const int code = attend(init, commands.out, forwarded);
  if (got == sizeof told && told.step != Report::Step::ready)
    throw EnvironmentError(
        "cannot set up the lab: " + errno_text(describe(told.step), told.error_number) + "; " +
        how_to_allow_namespaces(told.error_number));
  return code;
}

}  // namespace clew
