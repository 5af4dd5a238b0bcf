#include "harness/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/error.h"

namespace clew {
namespace {

using namespace std::chrono_literals;

Deadline soon() { return Clock::now() + 10s; }

SpawnOptions command(std::vector<std::string> argv) {
  SpawnOptions options;
  options.argv = std::move(argv);
  options.env = {"PATH=/usr/bin:/bin"};
  return options;
}

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/clew-process-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

TEST(Process, IsRunningThenStoppedThenRunningThenGone) {
  const Process process(command({"/bin/sleep", "100"}));
  EXPECT_TRUE(process.await(Life::running, soon()));
  process.signal(SIGSTOP);
  ASSERT_TRUE(process.await(Life::stopped, soon()));
  process.signal(SIGCONT);
  ASSERT_TRUE(process.await(Life::running, soon()));
  process.signal(SIGKILL);
  ASSERT_TRUE(process.await(Life::gone, soon()));
  EXPECT_EQ(process.status().ending, "killed by SIGKILL");
}

TEST(Process, TellsTheExitCode) {
  const Process process(command({"sh", "-c", "exit 7"}));
  ASSERT_TRUE(process.await(Life::gone, soon()));
  EXPECT_EQ(process.status().ending, "exited with 7");
  EXPECT_EQ(process.status().ending, "exited with 7") << "asking must not reap";
}

TEST(Process, StopsWaitingForAStateThatAGoneProcessWillNeverReach) {
  const Process process(command({"true"}));
  const auto start = Clock::now();
  EXPECT_FALSE(process.await(Life::stopped, Clock::now() + 60s));
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST(Process, AMissingProgramIsNamed) {
  for (const std::string program : {"/nowhere/etcd", "no-such-program-of-clew"}) try {
      const Process process(command({program}));
      FAIL() << "started " << program;
    } catch (const EnvironmentError& error) {
      EXPECT_NE(std::string(error.what()).find(program), std::string::npos) << error.what();
    }
}

TEST(Process, AFailedExecLeavesNoZombie) {
  EXPECT_THROW(Process(command({"/etc/passwd"})), EnvironmentError);
  SpawnOptions no_folder = command({"/bin/true"});
  no_folder.cwd = "/nowhere";
  EXPECT_THROW(Process{no_folder}, EnvironmentError);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Process, AppendsToItsLog) {
  const Scratch scratch;
  SpawnOptions options = command({"sh", "-c", "echo out; echo err >&2"});
  options.log = scratch / "log";
  for (int i = 0; i < 2; ++i) {
    const Process process(options);
    ASSERT_TRUE(process.await(Life::gone, soon()));
  }
  EXPECT_EQ(slurp(options.log), "out\nerr\nout\nerr\n");
}

TEST(Process, InheritsNoDescriptorAndNoSignalHandling) {
  const int leaky = ::open("/etc/passwd", O_RDONLY);  // No O_CLOEXEC, on purpose.
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const Scratch scratch;
  // No shell in between: it would mend its own signal mask.
  SpawnOptions fds = command({"ls", "/proc/self/fd"});
  SpawnOptions signals = command({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"});
  fds.log = signals.log = scratch / "log";
  for (const SpawnOptions* options : {&fds, &signals}) {
    const Process process(*options);
    ASSERT_TRUE(process.await(Life::gone, soon()));
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::close(leaky);
  // 3 is the folder that ls itself reads.
  EXPECT_EQ(slurp(fds.log), "0\n1\n2\n3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, KillsItsWholeGroupWithIt) {
  const Scratch scratch;
  std::string grandchild;
  {
    SpawnOptions options = command({"sh", "-c", "sleep 100 & echo $!"});
    options.log = scratch / "log";
    const Process process(options);
    ASSERT_TRUE(process.await(Life::gone, soon()));
    std::istringstream(slurp(options.log)) >> grandchild;
    ASSERT_TRUE(std::filesystem::exists("/proc/" + grandchild));
  }
  const auto alive = [&] {
    const std::string stat = slurp("/proc/" + grandchild + "/stat");
    return !stat.empty() && stat.find(") Z") == std::string::npos;
  };
  const Deadline deadline = soon();
  while (alive() && left(deadline) > 0ns) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(alive());
}

TEST(Process, MayBeSpawnedAndAwaitedByManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const Process process(command({"sh", "-c", "exit 3"}));
        if (process.await(Life::gone, soon()) && process.status().ending == "exited with 3") ++good;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 160);
}

TEST(RunCommand, GivesBothStreamsAndTheExitCode) {
  const CommandResult result = run_command({"sh", "-c", "echo one; echo two >&2; exit 5"}, soon());
  EXPECT_EQ(result.out, "one\n");
  EXPECT_EQ(result.err, "two\n");
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_FALSE(result.timed_out);
}

TEST(RunCommand, KillsAtTheDeadline) {
  const auto start = Clock::now();
  const CommandResult result =
      run_command({"sh", "-c", "echo before; sleep 100"}, Clock::now() + 200ms);
  EXPECT_LT(Clock::now() - start, 5s);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 137);
  EXPECT_EQ(result.out, "before\n");
}

TEST(RunCommand, KeepsNoMoreThanAMebibyte) {
  const CommandResult result =
      run_command({"head", "-c", "3000000", "/dev/zero"}, Clock::now() + 30s);
  EXPECT_EQ(result.out.size(), 1U << 20);
  EXPECT_EQ(result.exit_code, 0);
}

TEST(RunCommand, RunsInTheGivenFolder) {
  EXPECT_EQ(run_command({"pwd"}, soon(), "/usr").out, "/usr\n");
}

}  // namespace
}  // namespace clew
