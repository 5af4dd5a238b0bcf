// Clocks of live processes, as these tell them themselves.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "harness/process.h"
#include "nemesis/clock/clock_look.h"
#include "nemesis/clock/clock_patch.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline soon() { return Clock::now() + seconds(10); }

#define CLEW_NEEDS_CLOCKS() \
  if (const std::string why = why_clocks_cannot_be_bent(); !why.empty()) GTEST_SKIP() << why

Nanos now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return seconds(time.tv_sec) + Nanos(time.tv_nsec);
}

// What a clock_teller says: how far each of its clocks is ahead of ours.
struct Said {
  Nanos realtime{}, monotonic{}, gettimeofday{}, time{};
};

// The next line it says after this call.
std::optional<Said> hear(const std::filesystem::path& log) {
  std::ifstream in(log, std::ios::ate);
  const auto from = in.tellg();
  const Deadline deadline = soon();
  int whole = 0;
  while (left(deadline) > Nanos{0}) {
    in.clear();
    in.seekg(from);
    std::stringstream text;
    text << in.rdbuf();
    whole = 0;
    for (std::string line; std::getline(text, line) && !text.eof();) {
      if (++whole < 3) continue;  // The first may be half, the second be from before.
      long long realtime = 0, monotonic = 0, gettimeofday = 0, time = 0;
      std::istringstream(line) >> realtime >> monotonic >> gettimeofday >> time;
      const Nanos wall = now(CLOCK_REALTIME);
      return Said{Nanos(realtime) - wall, Nanos(monotonic) - now(CLOCK_MONOTONIC),
                  Nanos(gettimeofday) - wall, seconds(time) - wall};
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
  return std::nullopt;
}

void expect_about(Nanos seen, Nanos wanted, Nanos slack = milliseconds(500)) {
  EXPECT_LT(std::chrono::abs(seen - wanted), slack) << seen.count() << " not " << wanted.count();
}

class Teller {
 public:
  explicit Teller(int threads, AtExec at_exec = {}) {
    SpawnOptions options;
    options.argv = {CLEW_CLOCK_TELLER, std::to_string(threads)};
    options.log = folder_.path() / "log";
    options.die_with_thread = true;
    options.at_exec = std::move(at_exec);
    process_.emplace(options);
  }
  pid_t pid() const { return process_->pid(); }
  bool alive() const { return process_->status().life == Life::running; }
  std::optional<Said> hear() const { return clew::hear(folder_.path() / "log"); }
  const Process& process() const { return *process_; }

 private:
  TemporaryFolder folder_;
  std::optional<Process> process_;
};

TEST(ClockPatch, EveryWayToAskTheTimeIsShiftedAndGivenBack) {
  CLEW_NEEDS_CLOCKS();
  const Teller teller(0);
  ASSERT_TRUE(teller.hear());
  for (const Nanos by :
       {Nanos(hours(1)), Nanos(-hours(24)), Nanos(milliseconds(1750)), Nanos(-1)}) {
    ClockPatch patch = ClockPatch::live(teller.pid(), {.realtime = by}, soon());
    auto said = teller.hear();
    ASSERT_TRUE(said);
    expect_about(said->realtime, by);
    expect_about(said->gettimeofday, by);
    expect_about(said->time, by, milliseconds(1600));
    expect_about(said->monotonic, Nanos{0});
    const auto seen = look_at_clocks(teller.pid());
    ASSERT_TRUE(seen);
    expect_about(seen->realtime, by, milliseconds(1));
    ASSERT_TRUE(patch.set({.realtime = Nanos{0}, .monotonic = by}));
    said = teller.hear();
    ASSERT_TRUE(said);
    expect_about(said->realtime, Nanos{0});
    expect_about(said->monotonic, by);
    ASSERT_TRUE(patch.restore(soon()));
    EXPECT_EQ(look_at_clocks(teller.pid()), ClockOffsets{});
    said = teller.hear();
    ASSERT_TRUE(said);
    expect_about(said->realtime, Nanos{0});
    expect_about(said->monotonic, Nanos{0});
  }
}

TEST(ClockPatch, AHundredTimesWhileEightThreadsAskAllTheTime) {
  CLEW_NEEDS_CLOCKS();
  const Teller teller(8);
  ASSERT_TRUE(teller.hear());
  std::vector<Nanos> took, set_took;
  for (int i = 0; i < 100; ++i) {
    const auto start = Clock::now();
    ClockPatch patch = ClockPatch::live(teller.pid(), {.realtime = hours(1)}, soon());
    took.push_back(Clock::now() - start);
    const auto again = Clock::now();
    ASSERT_TRUE(patch.set({.realtime = -hours(1)}));
    set_took.push_back(Clock::now() - again);
    const auto seen = look_at_clocks(teller.pid());
    ASSERT_TRUE(seen);
    expect_about(seen->realtime, -hours(1), milliseconds(50));
    ASSERT_TRUE(patch.restore(soon()));
    ASSERT_TRUE(teller.alive()) << "after " << i;
  }
  std::sort(took.begin(), took.end());
  std::sort(set_took.begin(), set_took.end());
  std::printf("patch p50 %s p99 %s, set p50 %s p99 %s\n", format_duration(took[50]).c_str(),
              format_duration(took[98]).c_str(), format_duration(set_took[50]).c_str(),
              format_duration(set_took[98]).c_str());
  const auto said = teller.hear();
  ASSERT_TRUE(said);
  expect_about(said->realtime, Nanos{0}, seconds(2));
}

TEST(ClockPatch, AProgramCanBeWrongFromItsFirstInstruction) {
  CLEW_NEEDS_CLOCKS();
  const Teller teller(1, [](pid_t pid) {
    ClockPatch::before_start(pid, {.realtime = hours(2), .monotonic = seconds(50)});
  });
  const auto said = teller.hear();
  ASSERT_TRUE(said);
  expect_about(said->realtime, hours(2), seconds(2));
  expect_about(said->monotonic, seconds(50), seconds(2));
}

TEST(ClockPatch, AHookThatThrowsLeavesNoProcess) {
  SpawnOptions options;
  options.argv = {"/bin/sleep", "100"};
  options.at_exec = [](pid_t) { throw HarnessError("no"); };
  EXPECT_THROW(Process{options}, HarnessError);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ClockPatch, AChildInheritsTheClockAndTheHostsStaysTrue) {
  CLEW_NEEDS_CLOCKS();
  const pid_t child = ::fork();
  if (child == 0) {
    ::raise(SIGSTOP);
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(now(CLOCK_REALTIME) > hours(24 * 365 * 200) ? 7 : 1);
    int status = 0;
    ::waitpid(grandchild, &status, 0);
    ::_exit(WEXITSTATUS(status));
  }
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WSTOPPED | WNOWAIT), 0);
  const Nanos before = now(CLOCK_REALTIME);
  ClockPatch::live(child, {.realtime = hours(24 * 365 * 200)}, soon());
  ::kill(child, SIGCONT);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  expect_about(now(CLOCK_REALTIME), before, seconds(30));
}

TEST(ClockPatch, AProcessThatDiesMeanwhileIsNoTrouble) {
  CLEW_NEEDS_CLOCKS();
  const Teller teller(2);
  ClockPatch patch = ClockPatch::live(teller.pid(), {.realtime = hours(1)}, soon());
  teller.process().signal(SIGKILL);
  ASSERT_TRUE(teller.process().await(Life::gone, soon()));
  EXPECT_FALSE(patch.set({}));
  EXPECT_FALSE(patch.restore(soon()));
  EXPECT_EQ(look_at_clocks(teller.pid()), std::nullopt);
  EXPECT_THROW(ClockPatch::live(teller.pid(), {}, soon()), HarnessError);
  EXPECT_EQ(teller.process().status().ending, "killed by SIGKILL") << "it was not reaped";
}

// What is traced and dies is not gone before its tracer has let go of every thread.
TEST(ClockPatch, AProcessThatIsKilledWhileItIsBeingPatchedIsGoneAtOnce) {
  CLEW_NEEDS_CLOCKS();
  int thrown = 0;
  for (int i = 0; i < 400; ++i) {
    const Teller teller(8);
    std::jthread killer([&] {
      const Deadline when = Clock::now() + std::chrono::microseconds(4 * i);
      while (Clock::now() < when) {}
      teller.process().signal(SIGKILL);
    });
    try {
      ClockPatch::live(teller.pid(), {.realtime = hours(1)}, soon());
    } catch (const HarnessError&) { ++thrown; }
    killer.join();
    ASSERT_TRUE(teller.process().await(Life::gone, Clock::now() + seconds(5))) << i;
  }
  EXPECT_GT(thrown, 0) << "none was killed in the middle";
}

TEST(ClockPatch, AStoppedProcessStaysStopped) {
  CLEW_NEEDS_CLOCKS();
  const Teller teller(2);
  teller.process().signal(SIGSTOP);
  ASSERT_TRUE(teller.process().await(Life::stopped, soon()));
  ClockPatch patch = ClockPatch::live(teller.pid(), {.realtime = hours(1)}, soon());
  EXPECT_TRUE(teller.process().await(Life::stopped, soon()));
  EXPECT_TRUE(patch.restore(soon()));
  EXPECT_TRUE(teller.process().await(Life::stopped, soon()));
  teller.process().signal(SIGCONT);
  EXPECT_TRUE(teller.process().await(Life::running, soon()));
}

// Servers that tell the time.
class Tellers final : public System {
 public:
  void prepare(const std::filesystem::path& /*cache*/) override {}
  std::string version() const override { return "1"; }
  std::filesystem::path program() const override { return CLEW_CLOCK_TELLER; }
  void start(Cluster& cluster, const Node& node) override {
    cluster.start(node, {{CLEW_CLOCK_TELLER, "2"}, {}});
  }
  void await_ready(Cluster& /*cluster*/, Deadline /*deadline*/) override {}
  std::unique_ptr<Client> connect(Cluster& /*cluster*/, const Node& /*node*/) override {
    throw HarnessError("they have no clients");
  }
};

class ClockFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    CLEW_NEEDS_CLOCKS();
    for (const Node& node : cluster_.nodes()) system_.start(cluster_, node);
    for (const Node& node : cluster_.nodes()) ASSERT_TRUE(hear(cluster_.log_file(node)));
  }
  static std::unique_ptr<Fault> make(const Parameters& parameters) {
    const auto& entry = FaultRegistry::instance().find("fault", "clock");
    std::map<std::string, std::vector<std::string>, std::less<>> given;
    for (const OptionSpec& option : entry.options) {
      auto& values = given[std::string(option.name)];
      if (!option.fallback.empty()) values.emplace_back(option.fallback);
    }
    for (const auto& [name, value] : parameters) given[name] = {value};
    return entry.make(Options(std::move(given)));
  }
  Nanos wall(const std::string& node) {
    const auto said = hear(cluster_.log_file(cluster_.node(node)));
    EXPECT_TRUE(said);
    return said ? said->realtime : Nanos{0};
  }

  TemporaryFolder folder_;
  LoopbackCluster cluster_{3, folder_.path()};
  Tellers system_;
  Arena arena_{cluster_, system_};
  Rng rng_{1};
};

TEST_F(ClockFaults, AJumpLastsThroughARestartAndEndsWithTheHeal) {
  const auto fault = make({{"by", "-1h"}});
  EXPECT_EQ(to_json(fault->inject(arena_, {"clock#1", "jump", "n2", ""}, rng_, soon())),
            R"({"nodes":["n2"]})");
  expect_about(wall("n2"), -hours(1), seconds(2));
  expect_about(wall("n1"), Nanos{0}, seconds(2));
  EXPECT_TRUE(fault->verify(arena_).holds) << fault->verify(arena_).text;
  const Node& n2 = cluster_.node("n2");
  cluster_.signal(n2, SIGKILL);
  ASSERT_TRUE(cluster_.await(n2, Life::gone, soon()));
  system_.start(cluster_, n2);
  expect_about(wall("n2"), -hours(1), seconds(2));
  EXPECT_TRUE(fault->verify(arena_).holds);
  EXPECT_THROW(make({})->inject(arena_, {"clock#2", "jump", "n2", ""}, rng_, soon()), HarnessError);
  fault->heal(arena_, soon());
  const Evidence healed = fault->verify_healed(arena_);
  EXPECT_TRUE(healed.holds) << healed.text;
  expect_about(wall("n2"), Nanos{0}, seconds(2));
  fault->heal(arena_, soon());  // Again.
  EXPECT_TRUE(fault->verify_healed(arena_).holds);
}

TEST_F(ClockFaults, AStrobeShowsBothTimes) {
  const auto fault = make({{"by", "1h"}, {"every", "20ms"}});
  fault->inject(arena_, {"clock#1", "strobe", "all", ""}, rng_, soon());
  const pid_t pid = cluster_.status(cluster_.node("n1")).pid;
  int ahead = 0, level = 0;
  const Deadline deadline = soon();
  while ((ahead < 3 || level < 3) && left(deadline) > Nanos{0}) {
    const auto seen = look_at_clocks(pid);
    ASSERT_TRUE(seen);
    ++(seen->realtime > std::chrono::minutes(59) ? ahead : level);
    fault->verify(arena_);
    std::this_thread::sleep_for(milliseconds(7));
  }
  EXPECT_GE(ahead, 3);
  EXPECT_GE(level, 3);
  EXPECT_TRUE(fault->verify(arena_).holds) << fault->verify(arena_).text;
  fault->heal(arena_, soon());
  EXPECT_TRUE(fault->verify_healed(arena_).holds);
}

TEST_F(ClockFaults, ADriftGainsAtItsRate) {
  const auto fault = make({{"rate", "2"}});
  fault->inject(arena_, {"clock#1", "drift", "n1", ""}, rng_, soon());
  const pid_t pid = cluster_.status(cluster_.node("n1")).pid;
  const auto before_first = Clock::now();
  const auto first = look_at_clocks(pid);
  const auto after_first = Clock::now();
  std::this_thread::sleep_for(seconds(1));
  const auto before_second = Clock::now();
  const auto second = look_at_clocks(pid);
  const auto after_second = Clock::now();
  ASSERT_TRUE(first && second);
  // However long a busy machine took to look, the truth is between these.
  const Nanos gained = second->realtime - first->realtime;
  EXPECT_GT(gained, 2 * (before_second - after_first) - milliseconds(50));
  EXPECT_LT(gained, 2 * (after_second - before_first) + milliseconds(50));
  EXPECT_TRUE(fault->verify(arena_).holds);
  fault->heal(arena_, soon());
  EXPECT_EQ(look_at_clocks(pid), ClockOffsets{});
}

}  // namespace
}  // namespace clew
