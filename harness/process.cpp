#include "harness/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/start_dir.hpp>
#include <cerrno>
#include <cstring>

#include "harness/error.h"

namespace clew {
namespace {

namespace bp = boost::process;

// What happens between fork and exec: only async-signal-safe calls.
struct ChildSetup : bp::extend::handler {
  int in = -1, out = -1, err = -1;
  int network_namespace = -1;
  bool die_with_parent = false;
  pid_t parent = 0;

  template <class Executor>
  void on_exec_setup(Executor& /*executor*/) const {
    ::setpgid(0, 0);
    if (die_with_parent) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(127);  // It died before we asked.
    }
    if (network_namespace >= 0 && ::setns(network_namespace, CLONE_NEWNET) != 0) ::_exit(127);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    // Closed by exec, not here: Boost reports a failed exec through one of them.
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    sigset_t none{};
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
  }
};

Fd open_or_throw(const std::filesystem::path& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0644));
  if (!fd) throw EnvironmentError(errno_text("open(" + path.string() + ")", errno));
  return fd;
}

pid_t spawn(const SpawnOptions& options, const ChildSetup& setup) {
  bp::environment environment;
  for (const std::string& entry : options.env) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos)
      environment[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  const std::vector<std::string> args(options.argv.begin() + 1, options.argv.end());
  const std::string cwd = options.cwd.empty() ? "." : options.cwd.string();
  try {
    bp::child child(bp::exe = options.argv.at(0), bp::args = args, bp::env = environment,
                    bp::start_dir = cwd, setup);
    const pid_t pid = child.id();
    // From here on we wait by pidfd: Boost 1.74's own wait_for is not
    // thread-safe (boostorg/process #232, #306, #347).
    child.detach();
    return pid;
  } catch (const bp::process_error& e) {
    throw EnvironmentError(errno_text("exec(" + options.argv.at(0) + ")", e.code().value()));
  }
}

char state_of(pid_t pid) {
  const Fd stat(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[512];
  const ssize_t size = stat ? ::read(stat.get(), text, sizeof text) : -1;
  if (size <= 0) return '?';
  const std::string_view line(text, static_cast<std::size_t>(size));
  const std::size_t paren = line.rfind(')');  // The name in parentheses may hold anything.
  return paren == line.npos || paren + 2 >= line.size() ? '?' : line[paren + 2];
}

std::string ending_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "exited with " + std::to_string(info.si_status);
  const char* name = ::sigabbrev_np(info.si_status);
  return "killed by " +
         (name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(info.si_status));
}

}  // namespace

Process::Process(const SpawnOptions& options) {
  const Fd in = open_or_throw("/dev/null", O_RDONLY);
  const Fd log =
      open_or_throw(options.log.empty() ? "/dev/null" : options.log, O_WRONLY | O_CREAT | O_APPEND);
  ChildSetup setup;
  setup.in = in.get();
  setup.out = setup.err = log.get();
  setup.network_namespace = options.network_namespace;
  setup.die_with_parent = options.die_with_parent;
  setup.parent = ::getpid();
  pid_ = spawn(options, setup);
  // glibc 2.36 lacks a usable declaration for C++.
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    const int why = errno;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw EnvironmentError(errno_text("pidfd_open", why));
  }
}

Process::~Process() {
  signal(SIGKILL);
  await(Life::gone, Clock::now() + std::chrono::seconds(10));
}

bool Process::reap() const {
  if (gone_) return true;
  siginfo_t info{};
  const auto id = static_cast<id_t>(pidfd_.get());
  if (::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return false;
  gone_ = true;
  ending_ = ending_of(info);
  return true;
}

ProcessStatus Process::status() const {
  const std::lock_guard lock(mutex_);
  if (reap()) return {.life = Life::gone, .pid = pid_, .ending = ending_};
  const char state = state_of(pid_);
  return {.life = state == 'T' || state == 't' ? Life::stopped : Life::running, .pid = pid_};
}

void Process::signal(int number) const {
  const std::lock_guard lock(mutex_);
  // Unreaped, the pid cannot have been given to anybody else.
  if (!reap()) ::kill(-pid_, number);
}

bool Process::await(Life wanted, Deadline deadline) const {
  constexpr auto look_every = std::chrono::milliseconds(1);
  for (;;) {
    if (status().life == wanted) return true;
    const auto patience = left(deadline);
    if (patience == Nanos{0}) return false;
    // The kernel tells of an end, not of a stop: for the latter we look again.
    const Nanos wait = wanted == Life::gone ? patience : std::min(patience, Nanos(look_every));
    pollfd poll{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(millis, 60'000)));
  }
}

namespace {

constexpr std::size_t output_bytes_max = 1U << 20;

struct Pipe {
  Fd read, write;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError(errno_text("pipe2", errno));
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
};

// False at the end of the stream.
bool take(const Fd& from, std::string& into) {
  char buffer[16384];
  const ssize_t size = ::read(from.get(), buffer, sizeof buffer);
  if (size < 0) return errno == EINTR || errno == EAGAIN;
  if (size == 0) return false;
  const std::size_t room = output_bytes_max - std::min(into.size(), output_bytes_max);
  into.append(buffer, std::min(room, static_cast<std::size_t>(size)));
  return true;
}

// Until both streams have ended; false when the deadline came first.
bool take_all(Pipe& out, Pipe& err, CommandResult& result, Deadline deadline) {
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {
    pollfd polls[2] = {{out_open ? out.read.get() : -1, POLLIN, 0},
                       {err_open ? err.read.get() : -1, POLLIN, 0}};
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(left(deadline)).count();
    if (millis == 0) return false;
    ::poll(polls, 2, static_cast<int>(std::min<std::int64_t>(millis, 60'000)));
    if (polls[0].revents != 0) out_open = take(out.read, result.out);
    if (polls[1].revents != 0) err_open = take(err.read, result.err);
  }
  return true;
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& argv, Deadline deadline,
                          const std::filesystem::path& cwd) {
  const Fd in = open_or_throw("/dev/null", O_RDONLY);
  Pipe out;
  Pipe err;
  ChildSetup setup;
  setup.in = in.get();
  setup.out = out.write.get();
  setup.err = err.write.get();
  setup.die_with_parent = true;
  setup.parent = ::getpid();
  SpawnOptions options{.argv = argv, .cwd = cwd};
  for (const char* name : {"PATH", "HOME", "LANG", "http_proxy", "https_proxy", "no_proxy",
                           "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
    if (const char* value = ::getenv(name)) options.env.push_back(std::string(name) + "=" + value);
  const pid_t pid = spawn(options, setup);
  out.write.reset();
  err.write.reset();
  CommandResult result;
  result.timed_out = !take_all(out, err, result, deadline);
  // A program may close its output and live on.
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd poll{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(left(deadline)).count();
  if (!result.timed_out &&
      ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(millis, 600'000))) == 0)
    result.timed_out = true;
  if (result.timed_out) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

}  // namespace clew
