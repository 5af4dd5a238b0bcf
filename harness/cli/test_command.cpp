#include "harness/cli/test_command.h"

#include <sys/utsname.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <random>
#include <thread>

#include "harness/atomic_file.h"
#include "harness/cli/beside.h"
#include "harness/cli/ci.h"
#include "harness/cli/commands.h"
#include "harness/cli/judge.h"
#include "harness/cli/shell.h"
#include "harness/cli/test_run.h"
#include "harness/error.h"
#include "harness/lab/sandbox.h"
#include "harness/store.h"
#include "harness/system.h"
#include "nemesis/schedule.h"
#include "nemesis/schedule_file.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

fs::path cache_dir() {
  for (const auto& [variable, rest] :
       {std::pair{"CLEW_CACHE", ""}, std::pair{"XDG_CACHE_HOME", "clew"},
        std::pair{"HOME", ".cache/clew"}}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value == '/') return fs::path(value) / rest;
  }
  throw EnvironmentError(
      "neither CLEW_CACHE, XDG_CACHE_HOME nor HOME names a folder; set CLEW_CACHE=/some/folder");
}

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0)
      return line.substr(std::min(line.size(), line.find(':') + 2));
  return "unknown";
}

std::vector<std::pair<std::string, std::string>> environment(const TestArguments& test) {
  utsname name{};
  ::uname(&name);
  return {{"kernel", std::string(name.sysname) + " " + name.release + " " + name.machine},
          {"cpu", std::to_string(std::thread::hardware_concurrency()) + " x " + cpu_model()},
          {"user", ::geteuid() == 0 ? "root" : "not root"},
          {"data", test.data}};
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32 | device()) % 1'000'000'000'000;  // Short enough to type.
}

// Of several runs each has its own seed, and a run alone has the seed that was given.
std::uint64_t seed_of_run(std::uint64_t seed, int run) {
  return run == 0 ? seed
                  : Rng::stream(seed, "run " + std::to_string(run)).next() % 1'000'000'000'000;
}

RunInfo describe(const TestArguments& test, const System& system, std::uint64_t seed,
                 const std::vector<std::string>& argv) {
  RunInfo info{};
  info.name = test.name.empty() ? test.system + "-" + test.workload : test.name;
  info.system = test.system;
  info.system_version = system.version();
  info.workload = test.workload;
  info.nemesis = test.schedule.empty() ? test.nemesis
                                       : "schedule " + fs::path(test.schedule).filename().string();
  info.seed = seed;
  info.nodes = test.nodes;
  info.concurrency = test.concurrency;
  info.time_limit = test.time_limit;
  info.started = utc_stamp(std::chrono::system_clock::now());
  info.clew_version = CLEW_VERSION;
  info.argv = argv;
  std::vector<std::string> repeat{"./clew", "test", test.system};
  repeat.insert(repeat.end(), test.given.begin(), test.given.end());
  repeat.push_back("--seed=" + std::to_string(seed));
  info.repeat_command = shell_command(repeat);
  info.environment = environment(test);
  for (const auto& [name, values] : test.plugins.all()) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : " ") + value;
    info.options.emplace_back(name, text);
  }
  return info;
}

// The faults of one run: those of the file, or drawn.
std::vector<FaultRecord> schedule_of(const TestArguments& test, std::uint64_t seed) {
  if (!test.schedule.empty()) return read_schedule(test.schedule, test.nodes);
  return draw_schedule(parse_nemesis(test.nemesis, test.nodes), seed, test.time_limit,
                       test.nemesis_interval);
}

FinishedRun one_run(const Arguments& arguments, System& system, std::uint64_t seed,
                    const std::vector<std::string>& argv) {
  const TestArguments& test = arguments.test;
  const RunInfo info = describe(test, system, seed, argv);
  const RunDir dir = RunDir::create(test.store, info.name, info.started);
  write_file_atomically(dir.file("run.json"), run_info_to_json(info));
  const std::vector<FaultRecord> schedule = schedule_of(test, seed);
  if (!schedule.empty())
    write_file_atomically(dir.file("schedule.toml"), schedule_to_toml(schedule));
  if (!arguments.voice.quiet)
    std::fprintf(
        stderr,
        "clew %s: %s %s, %zu nodes, workload %s, nemesis %s, seed %llu\nclew: recording in %s\n",
        CLEW_VERSION, test.system.c_str(), info.system_version.c_str(), test.nodes.size(),
        test.workload.c_str(), info.nemesis.c_str(), static_cast<unsigned long long>(seed),
        dir.path().c_str());
  std::fflush(stdout);
  const int code = run_in_sandbox({}, [&] {
    try {
      return test_run(test, arguments.voice, system, dir, info, schedule);
    } catch (const UsageError& e) {
      std::fprintf(stderr, "clew: %s\n", e.what());
      return 254;
    } catch (const EnvironmentError& e) {
      std::fprintf(stderr, "clew: %s\n", e.what());
      return 4;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "clew: internal error: %s\n", e.what());
      return 255;
    }
  });
  return {.exit_code = code, .folder = dir.path()};
}

}  // namespace

std::vector<FinishedRun> run_tests(const Arguments& arguments,
                                   const std::vector<std::string>& argv) {
  const TestArguments& test = arguments.test;
  Ci ci(test.telling.ci);
  const Nanos finish_limit = test.telling.limit();
  (void)schedule_of(test, 0);  // A typo is told before anything starts.
  (void)WorkloadRegistry::instance().find("workload", test.workload).make(test.plugins);
  const auto system = SystemRegistry::instance().find("system", test.system).make(test.plugins);
  system->prepare(cache_dir());
  const std::uint64_t seed = test.seed.value_or(random_seed());
  std::vector<FinishedRun> runs;
  for (int run = 0; run < test.test_count; ++run) {
    {
      std::optional<CiSection> section;
      if (test.test_count > 1)
        section.emplace(
            ci.host(), "run " + std::to_string(run + 1) + " of " + std::to_string(test.test_count));
      runs.push_back(
          one_run(arguments, *system, test.same_seed ? seed : seed_of_run(seed, run), argv));
    }
    const int code = runs.back().exit_code;
    ci.tell_run(runs.back().folder);
    if (!test.telling.on_finish.empty())
      run_on_finish(test.telling.on_finish, finish_of(runs.back().folder, code), finish_limit);
    if (code == 130 || code == 143) break;
  }
  return runs;
}

int worst_exit_code(const std::vector<FinishedRun>& runs) {
  int code = 0;
  for (const FinishedRun& run : runs) code = worse_exit_code(code, run.exit_code);
  return code;
}

int test_command(const Arguments& arguments) {
  const TestArguments& test = arguments.test;
  if (!test.dry_run) return worst_exit_code(run_tests(arguments, arguments.words));
  (void)WorkloadRegistry::instance().find("workload", test.workload).make(test.plugins);
  const std::uint64_t seed = test.seed.value_or(random_seed());
  std::printf("# clew test %s --seed=%llu: these faults, in this order of their beginning\n\n%s",
              test.system.c_str(), static_cast<unsigned long long>(seed),
              schedule_to_toml(schedule_of(test, seed)).c_str());
  return 0;
}

}  // namespace clew
