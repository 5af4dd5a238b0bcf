#include "harness/lab/sandbox.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

#include "harness/lab/lab.h"
#include "harness/rng.h"
#include "inside.h"

namespace clew {
namespace {

using namespace std::chrono_literals;

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A process that runs the sandbox, in a process group of its own as a shell
// would give it. Its stderr and what `body` writes to `out` come back.
class Outer {
 public:
  explicit Outer(const std::function<int(int out)>& body,
                 const std::function<void()>& before = {}) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    in_ = Fd(ends[0]);
    Fd out(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) {
      in_.reset();
      ::setpgid(0, 0);
      ::dup2(out.get(), 2);
      int code = 99;
      try {
        if (before) before();
        code = run_in_sandbox({}, [&] { return body(out.get()); });
      } catch (const std::exception& error) { std::fprintf(stderr, "%s\n", error.what()); }
      std::fflush(nullptr);
      ::_exit(code);
    }
    ::setpgid(pid_, pid_);
  }
  ~Outer() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
  }
  Outer(const Outer&) = delete;
  Outer& operator=(const Outer&) = delete;

  pid_t pid() const { return pid_; }
  // The exit code; 128 + signal.
  int wait() {
    int status = 0;
    EXPECT_TRUE(eventually(20s, [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }));
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // One line that it wrote; "" at the end or after ten seconds.
  std::string line() const {
    std::string text;
    for (char c = 0; readable(in_, 10'000) && ::read(in_.get(), &c, 1) == 1 && c != '\n';)
      text += c;
    return text;
  }
  // Whether the last process that holds its pipe ends within `within`.
  bool ends(Nanos within) const {
    return eventually(within, [&] {
      char text[4096];
      return readable(in_, 1) && ::read(in_.get(), text, sizeof text) == 0;
    });
  }

 private:
  Fd in_;
  pid_t pid_ = -1;
};

// The first child of a process, as this namespace numbers it; 0 if it has none.
pid_t child_of(pid_t pid) {
  const std::string id = std::to_string(pid);
  pid_t child = 0;
  std::istringstream(slurp("/proc/" + id + "/task/" + id + "/children")) >> child;
  return child;
}

void say(int out, const std::string& text) {
  const std::string line = text + "\n";
  EXPECT_EQ(::write(out, line.data(), line.size()), static_cast<ssize_t>(line.size()));
}

void become_nobody() {
  ASSERT_EQ(::setgroups(0, nullptr), 0);
  ASSERT_EQ(::setgid(65534), 0);
  ASSERT_EQ(::setuid(65534), 0);
  ::prctl(PR_SET_DUMPABLE, 1);  // Or /proc/self would still be root's.
}

TEST(Sandbox, GivesTheExitCodeOfItsBody) {
  CLEW_NEEDS_SANDBOX();
  EXPECT_EQ(run_in_sandbox({}, [] { return 0; }), 0);
  EXPECT_EQ(run_in_sandbox({}, [] { return 3; }), 3);
  EXPECT_FALSE(in_sandbox());
  EXPECT_EQ(run_in_sandbox({}, [] { return in_sandbox() ? 1 : 0; }), 1);
}

TEST(Sandbox, GivesAnExceptionTheExitCodeOfItsKind) {
  CLEW_NEEDS_SANDBOX();
  EXPECT_EQ(run_in_sandbox({}, []() -> int { throw UsageError("usage, on purpose"); }), 254);
  EXPECT_EQ(run_in_sandbox({}, []() -> int { throw EnvironmentError("env, on purpose"); }), 4);
  EXPECT_EQ(run_in_sandbox({}, []() -> int { throw HarnessError("bug, on purpose"); }), 255);
}

TEST(Sandbox, ACrashIsOneClearLineAnd255) {
  CLEW_NEEDS_SANDBOX();
  Outer outer([](int) -> int {
    ::signal(SIGSEGV, SIG_DFL);  // A sanitizer would turn it into an exit.
    ::raise(SIGSEGV);
    return 0;
  });
  EXPECT_EQ(outer.line(), "clew: the harness was killed by SIGSEGV; everything it ran is gone");
  EXPECT_EQ(outer.wait(), 255);
  EXPECT_EQ(outer.line(), "");
}

TEST(Sandbox, SeesItsOwnProcessesInterfacesAndMountsOnly) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    int processes = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc"))
      processes += std::isdigit(entry.path().filename().string()[0]) != 0;
    EXPECT_EQ(processes, 2);  // init and us
    EXPECT_EQ(::getppid(), 1);
    EXPECT_EQ(::geteuid(), 0U);
    EXPECT_EQ(slurp("/proc/net/dev").find("eth"), std::string::npos);
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    socklen_t size = sizeof at;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &size);
    const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0)
        << "loopback is up";
  });
}

TEST(Sandbox, ReapsOrphans) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    run_command({"sh", "-c", "for i in 1 2 3; do (setsid sleep 0.05 >/dev/null 2>&1 &) ; done"},
                Clock::now() + 10s);
    const auto alone = [] {
      for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (std::isdigit(name[0]) != 0 && name != "1" && name != std::to_string(::getpid()))
          return false;
      }
      return true;
    };
    EXPECT_TRUE(eventually(10s, alone));
  });
}

TEST(Sandbox, SaysHowToLiftALimitOnNamespaces) {
  CLEW_NEEDS_SANDBOX();
  SandboxOptions own_limits;
  own_limits.force_user_namespace = true;
  in_the_sandbox(
      [] {
        std::ofstream("/proc/sys/user/max_net_namespaces") << "0";
        try {
          run_in_sandbox({}, [] { return 0; });
          ADD_FAILURE() << "a limit of 0 did not hold";
        } catch (const EnvironmentError& error) {
          EXPECT_NE(std::string(error.what()).find("sysctl -w user.max_net_namespaces="),
                    std::string::npos)
              << error.what();
        }
      },
      own_limits);
}

// ---- Signals ----

TEST(Sandbox, ForwardsEachInterruptExactlyOnce) {
  CLEW_NEEDS_SANDBOX();
  for (const int number : {SIGINT, SIGTERM}) {
    Outer outer([&](int out) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, number);
      ::sigprocmask(SIG_BLOCK, &set, nullptr);
      const Fd signals(::signalfd(-1, &set, SFD_CLOEXEC));
      say(out, "ready");
      int count = 0;
      for (int wait_ms = 10'000; readable(signals, wait_ms); wait_ms = 300) {
        signalfd_siginfo info;
        if (::read(signals.get(), &info, sizeof info) == sizeof info) ++count;
      }
      say(out, std::to_string(count));
      return 7;
    });
    ASSERT_EQ(outer.line(), "ready");
    ::kill(-outer.pid(), number);  // As the terminal does: to the whole group.
    EXPECT_EQ(outer.line(), "1");
    EXPECT_EQ(outer.wait(), 7);
  }
}

TEST(Sandbox, AnInterruptThatNobodyHandlesIs130AndATerminationIs143) {
  CLEW_NEEDS_SANDBOX();
  for (const int number : {SIGINT, SIGTERM}) {
    Outer outer([](int out) {
      say(out, "ready");
      while (true) ::pause();
      return 0;
    });
    ASSERT_EQ(outer.line(), "ready");
    ::kill(outer.pid(), number);
    EXPECT_EQ(outer.wait(), 128 + number);
  }
}

TEST(Sandbox, AnInterruptAtAnyMomentOfTheStartEndsIt) {
  CLEW_NEEDS_SANDBOX();
  Rng rng(7);
  for (int i = 0; i < 20; ++i) {
    Outer outer([](int) {
      while (true) ::pause();
      return 0;
    });
    std::this_thread::sleep_for(std::chrono::microseconds(rng.below(8000)));
    ::kill(-outer.pid(), SIGINT);
    EXPECT_EQ(outer.wait(), 130);
  }
}

// ---- Nothing is left ----

std::set<std::string> interfaces() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net"))
    names.insert(entry.path().filename());
  return names;
}

bool any_process_with(const std::string& mark) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored))
    if (slurp(entry.path() / "cmdline").find(mark) != std::string::npos) return true;
  return false;
}

// Kills one of the three processes of a working lab, or of one that is just
// being made, and looks for anything that outlived it.
void kill_and_look(const std::string& victim, Nanos when) {
  const Scratch scratch;
  const auto interfaces_before = interfaces();
  const std::string mounts_before = slurp("/proc/self/mountinfo");
  const std::string mark = "100000." + std::to_string(::getpid());
  Outer outer([&](int) {
    Lab lab(3, scratch.path());
    for (const Node& node : lab.nodes()) {
      const std::string run = "sleep " + mark + " & sleep " + mark;
      lab.start(node, {{"/bin/sh", "-c", run}, {}});
    }
    while (true) ::pause();
    return 0;
  });
  std::this_thread::sleep_for(when);
  const pid_t init = child_of(outer.pid());
  const pid_t harness = init > 0 ? child_of(init) : 0;
  pid_t target = outer.pid();
  if (victim == "init" && init > 0) target = init;
  if (victim == "harness" && harness > 0) target = harness;
  ::kill(target, SIGKILL);
  if (target == outer.pid()) {
    EXPECT_EQ(outer.wait(), 128 + SIGKILL);
  } else {
    EXPECT_EQ(outer.wait(), 255);
  }
  EXPECT_TRUE(outer.ends(10s)) << "init or the harness outlived " << victim;
  EXPECT_TRUE(eventually(10s, [&] { return !any_process_with(mark); }))
      << "a server outlived " << victim;
  EXPECT_EQ(interfaces(), interfaces_before);
  EXPECT_EQ(slurp("/proc/self/mountinfo"), mounts_before);
}

TEST(Sandbox, NothingOutlivesAKillOfAnyOfItsProcessesAtAnyMoment) {
  CLEW_NEEDS_SANDBOX();
  Rng rng(11);
  for (const std::string victim : {"outer", "init", "harness"})
    for (int i = 0; i < 8; ++i) {
      const Nanos when = std::chrono::microseconds(rng.below(i < 4 ? 10'000 : 120'000));
      SCOPED_TRACE("kill -9 of " + victim + " after " + format_duration(when));
      kill_and_look(victim, when);
      if (::testing::Test::HasFailure()) return;
    }
}

// ---- Without root ----

TEST(Sandbox, WorksForAPlainUser) {
  CLEW_NEEDS_ROOT();  // To become one.
  const Scratch scratch;
  Outer outer(
      [&](int out) {
        LabOptions options;
        options.port_kind = PortKind::veth;  // Needs no device node.
        Lab lab(3, scratch.path(), options);
        const Node& node = lab.node("n1");
        lab.start(node, {{"/bin/sleep", "1000"}, {}});
        lab.signal(node, SIGSTOP);
        if (!lab.await(node, Life::stopped, Clock::now() + 10s)) return 1;
        const Fd listener = socket_in(lab.netns(2), SOCK_STREAM);
        if (!bind_to(listener, 2, 80) || ::listen(listener.get(), 1) != 0) return 2;
        std::string why;
        if (!lab.dial(lab.node("n2"), 80, Clock::now() + 10s, why)) return 3;
        LinkMatrix cut(3);
        cut.at(0, 2).hole = true;
        lab.network()->overlay("cut", cut);
        if (lab.dial(lab.node("n2"), 80, Clock::now() + 100ms, why)) return 4;
        lab.signal(node, SIGKILL);
        if (!lab.await(node, Life::gone, Clock::now() + 10s)) return 5;
        say(out, "all of it");
        return 0;
      },
      become_nobody);
  EXPECT_EQ(outer.line(), "all of it");
  EXPECT_EQ(outer.wait(), 0);
}

}  // namespace
}  // namespace clew
