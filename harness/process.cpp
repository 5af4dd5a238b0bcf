#include "harness/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/error.h"
#include "harness/fd.h"

extern char** environ;

namespace clew {
namespace {

namespace bp = boost::process;
using std::chrono::milliseconds;

constexpr std::size_t output_limit = 1 << 20;

Fd open_or_throw(const std::string& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0644));
  if (!fd) throw EnvironmentError(errno_text("open(" + path + ")", errno));
  return fd;
}

std::pair<Fd, Fd> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError(errno_text("pipe2()", errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

// What the child could not do between fork and exec.
struct SetupError {
  enum class Step : int { none, netns, cwd, stdio, fds, trace } step = Step::none;
  int error_number = 0;
};

std::string describe(const SetupError& error, const SpawnOptions& options) {
  switch (error.step) {
    case SetupError::Step::netns: return errno_text("setns(network)", error.error_number);
    case SetupError::Step::cwd:
      return errno_text("chdir(" + options.cwd.string() + ")", error.error_number);
    case SetupError::Step::stdio: return errno_text("dup2()", error.error_number);
    case SetupError::Step::fds: return errno_text("close_range()", error.error_number);
    case SetupError::Step::trace: return errno_text("ptrace(TRACEME)", error.error_number);
    case SetupError::Step::none: break;
  }
  return "unknown step";
}

// Runs in the child between fork() and exec(): other threads of the parent may
// hold any lock, so only async-signal-safe calls are allowed.
struct ChildSetup : bp::extend::handler {
  char** env = nullptr;
  const char* cwd = nullptr;
  int in = -1, out = -1, err = -1, netns = -1;
  int report = -1;  // Where a SetupError goes.
  pid_t parent = 0;
  bool die_with_thread = false;
  bool stop_at_exec = false;
  pid_t* failed = nullptr;  // Boost.Process leaves a child whose exec failed unreaped.

  template <class Executor>
  void on_setup(Executor& executor) const {
    executor.env = env;
  }
  template <class Executor>
  void on_error(Executor& executor, const std::error_code&) const {
    *failed = executor.pid;
  }
  template <class Executor>
  void on_exec_setup(Executor&) const {
    ::setsid();
    for (int s = 1; s < NSIG; ++s) ::signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (die_with_thread) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(127);  // It died before prctl().
    }
    if (netns >= 0 && ::setns(netns, CLONE_NEWNET) != 0) give_up(SetupError::Step::netns);
    if (cwd != nullptr && ::chdir(cwd) != 0) give_up(SetupError::Step::cwd);
    if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0)
      give_up(SetupError::Step::stdio);
    // Not closed but marked: Boost.Process still has its error pipe open, and
    // other threads may have opened descriptors without O_CLOEXEC.
    if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
      give_up(SetupError::Step::fds);
    if (stop_at_exec && ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
      give_up(SetupError::Step::trace);
  }
  void give_up(SetupError::Step step) const {
    const SetupError error{step, errno};
    const auto written = ::write(report, &error, sizeof error);
    ::_exit(written == sizeof error ? 127 : 126);
  }
};

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string resolve(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string full = folder + "/" + program;
    if (::access(full.c_str(), X_OK) == 0) return full;
  }
  throw EnvironmentError("cannot execute " + program + ": there is no such program in PATH");
}

// The child was told to be traced by this thread: it stops when exec() is done.
void run_at_exec(pid_t pid, const AtExec& hook) {
  try {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WEXITED | WNOWAIT) != 0)
      if (errno != EINTR) throw HarnessError(errno_text("waitid()", errno));
    if (info.si_code != CLD_TRAPPED) return;  // Killed already: that is for others to find.
    hook(pid);
    if (::ptrace(PTRACE_DETACH, pid, nullptr, nullptr) != 0 && errno != ESRCH)
      throw HarnessError(errno_text("ptrace(DETACH)", errno));
  } catch (...) {
    ::kill(-pid, SIGKILL);
    reap(pid);
    throw;
  }
}

pid_t spawn(const SpawnOptions& options) {
  if (options.argv.empty()) throw HarnessError("spawn: no program was given");
  const std::string program = resolve(options.argv[0]);
  std::vector<std::string> env = options.env;
  const std::vector<char*> envp = pointers(env);
  const Fd null = open_or_throw("/dev/null", O_RDONLY);
  const std::string log = options.log.empty() ? "/dev/null" : options.log.string();
  const Fd sink = open_or_throw(log, O_WRONLY | O_APPEND | O_CREAT);
  auto [report_in, report_out] = make_pipe();

  pid_t failed = -1;
  ChildSetup setup;
  setup.env = const_cast<char**>(envp.data());
  setup.cwd = options.cwd.empty() ? nullptr : options.cwd.c_str();
  setup.in = options.in >= 0 ? options.in : null.get();
  setup.out = options.out >= 0 ? options.out : sink.get();
  setup.err = options.err >= 0 ? options.err : sink.get();
  setup.netns = options.netns;
  setup.report = report_out.get();
  setup.parent = ::getpid();
  setup.die_with_thread = options.die_with_thread;
  setup.stop_at_exec = static_cast<bool>(options.at_exec);
  setup.failed = &failed;

  const std::vector<std::string> arguments(options.argv.begin() + 1, options.argv.end());
  std::error_code error;
  bp::child child(bp::exe = program, bp::args = arguments, error, setup);
  report_out.reset();
  if (error) {
    if (failed > 0) reap(failed);
    throw EnvironmentError(errno_text("cannot execute " + program, error.value()));
  }
  const pid_t pid = child.id();
  child.detach();
  SetupError why;
  if (::read(report_in.get(), &why, sizeof why) == sizeof why) {
    reap(pid);
    throw EnvironmentError("cannot execute " + program + ": " + describe(why, options));
  }
  if (options.at_exec) run_at_exec(pid, options.at_exec);
  return pid;
}

// The state letter of /proc/.../stat; it follows the name, which may hold anything.
char state_letter(const std::filesystem::path& stat) {
  std::ifstream file(stat);
  std::string text;
  std::getline(file, text, '\0');
  const auto end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ? '?' : text[end + 2];
}

// One thread in state T means that a stop has begun; the process has stopped
// when all have.
bool is_stopped(pid_t pid) {
  const std::filesystem::path root = "/proc/" + std::to_string(pid);
  if (state_letter(root / "stat") != 'T') return false;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator(root / "task", ignored)) {
    const char state = state_letter(task.path() / "stat");
    if (state != 'T' && state != 'Z' && state != 'X' && state != '?') return false;
  }
  return true;
}

}  // namespace

std::string describe_ending(int code, int status) {
  if (code == CLD_EXITED) return "exited with " + std::to_string(status);
  const char* name = ::sigabbrev_np(status);
  std::string text = "killed by ";
  text += name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(status);
  return code == CLD_DUMPED ? text + " (core dumped)" : text;
}

struct Process::State {
  pid_t pid = -1;
  Fd pidfd;

  // WNOWAIT: a zombie keeps pid and group from being given to somebody else.
  bool ended(siginfo_t& info) const {
    info = siginfo_t{};
    const int got = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
    return got == 0 && info.si_pid == pid;
  }
  bool await_end(Deadline deadline) const {
    while (true) {
      pollfd waiting{pidfd.get(), POLLIN, 0};
      const auto ms = std::chrono::ceil<milliseconds>(left(deadline)).count();
      const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long>(ms, 1'000'000)));
      if (ready > 0) return true;
      if (left(deadline) == Nanos{0}) return false;
    }
  }
};

Process::Process(const SpawnOptions& options) : state_(std::make_unique<State>()) {
  state_->pid = spawn(options);
  state_->pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, state_->pid, 0)));
  if (!state_->pidfd) {
    const int error = errno;
    ::kill(-state_->pid, SIGKILL);
    reap(state_->pid);
    throw EnvironmentError(errno_text("pidfd_open()", error));
  }
}

Process::~Process() {
  signal(SIGKILL);
  // A process in uninterruptible sleep may outlast us; init will reap it.
  if (state_->await_end(Clock::now() + std::chrono::seconds(5)))
    ::waitpid(state_->pid, nullptr, WNOHANG);
}

pid_t Process::pid() const { return state_->pid; }

void Process::signal(int signal_number) const { ::kill(-state_->pid, signal_number); }

ProcessStatus Process::status() const {
  siginfo_t info;
  if (state_->ended(info))
    return {Life::gone, state_->pid, describe_ending(info.si_code, info.si_status)};
  return {is_stopped(state_->pid) ? Life::stopped : Life::running, state_->pid, {}};
}

bool Process::await(Life wanted, Deadline deadline) const {
  if (wanted == Life::gone) return state_->await_end(deadline);
  while (true) {
    const Life now = status().life;
    if (now == wanted) return true;
    if (now == Life::gone || left(deadline) == Nanos{0}) return false;
    // The kernel tells of a stop only through SIGCHLD; of an end through pidfd.
    state_->await_end(std::min(deadline, Clock::now() + milliseconds(1)));
  }
}

CommandResult run_command(const std::vector<std::string>& argv, Deadline deadline,
                          const std::filesystem::path& cwd) {
  SpawnOptions options;
  options.argv = argv;
  options.cwd = cwd;
  options.die_with_thread = true;
  for (char** entry = environ; *entry != nullptr; ++entry) options.env.emplace_back(*entry);
  auto [out_in, out_out] = make_pipe();
  auto [err_in, err_out] = make_pipe();
  options.out = out_out.get();
  options.err = err_out.get();
  Process process(options);
  out_out.reset();
  err_out.reset();

  CommandResult result;
  struct Stream {
    Fd* fd;
    std::string* text;
  };
  const std::array<Stream, 2> streams{Stream{&out_in, &result.out}, Stream{&err_in, &result.err}};
  std::array<char, 65536> buffer;
  while ((out_in || err_in) && left(deadline) > Nanos{0}) {
    std::array<pollfd, 2> waiting{};
    for (std::size_t i = 0; i < 2; ++i) waiting[i] = {streams[i].fd->get(), POLLIN, 0};
    const auto ms = std::chrono::ceil<milliseconds>(left(deadline)).count();
    if (::poll(waiting.data(), 2, static_cast<int>(std::min<long>(ms, 1'000'000))) <= 0) continue;
    for (std::size_t i = 0; i < 2; ++i) {
      if (waiting[i].revents == 0) continue;
      const ssize_t got = ::read(streams[i].fd->get(), buffer.data(), buffer.size());
      if (got <= 0) {
        streams[i].fd->reset();
      } else {
        const std::size_t room = output_limit - streams[i].text->size();
        streams[i].text->append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
      }
    }
  }
  result.timed_out = !process.await(Life::gone, deadline);
  if (result.timed_out) {
    process.signal(SIGKILL);
    process.await(Life::gone, Clock::now() + std::chrono::seconds(5));
  }
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOHANG | WNOWAIT);
  result.exit_code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  if (info.si_pid == 0) result.exit_code = 128 + SIGKILL;  // Killed, but the kernel still holds it.
  return result;
}

}  // namespace clew
