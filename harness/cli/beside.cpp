#include "harness/cli/beside.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "harness/fd.h"
#include "harness/process.h"
#include "reports/results.h"

extern char** environ;

namespace clew {
namespace {

namespace fs = std::filesystem;

// The program in place of the shell, and beside it one that waits until clew is gone, however it
// went, and then ends the whole group: what a killed clew had started does not outlive it. The
// watcher itself is ended with the group, too. $0 is what the program reads.
constexpr const char* watched =
    "exec 3<&0; (read -r gone <&3; kill -9 0) & exec 3<&-; exec \"$@\" <\"$0\"";

// Ours, with those of `more` in place of what has their names.
std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::string name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& own : more) replaced = replaced || own.starts_with(name);
    if (!replaced) all.push_back(text);
  }
  return all;
}

std::string verdict_of(const fs::path& results, int exit_code) {
  if (!results.empty()) {
    try {
      return std::string(to_string(results_from_json(read_file(results)).outcome));
    } catch (const UsageError&) {}  // Cut short: as if it were not there.
  }
  return exit_code == 130 || exit_code == 143 ? "interrupted" : "error";
}

}  // namespace

std::string run_beside(const std::vector<std::string>& argv, const std::vector<std::string>& more,
                       const fs::path& input, Nanos limit) try {
  std::fflush(stdout);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_text("pipe2()", errno);
  const Fd in(ends[0]), kept_while_we_live(ends[1]);
  SpawnOptions options{.env = environment_with(more)};
  options.argv = {"/bin/sh", "-c", watched, input.empty() ? "/dev/null" : input.string()};
  options.argv.insert(options.argv.end(), argv.begin(), argv.end());
  options.in = in.get();
  options.out = options.err = STDERR_FILENO;
  options.die_with_thread = true;
  const Process process(options);
  if (!process.await(Life::gone, Clock::now() + limit))
    return "was not done in " + format_duration(limit) + " and was killed";
  const std::string ending = process.status().ending;
  return ending == "exited with 0" ? "" : ending;
} catch (const EnvironmentError& e) { return e.what(); }

Finish finish_of(const fs::path& run, int exit_code) {
  std::error_code error;
  Finish finish{.run = fs::absolute(run), .exit_code = exit_code};
  if (fs::exists(run / "report.html", error)) finish.report = finish.run / "report.html";
  if (fs::exists(run / "results.json", error)) finish.results = finish.run / "results.json";
  finish.verdict = verdict_of(finish.results, exit_code);
  return finish;
}

void run_on_finish(const std::string& command, const Finish& finish, Nanos limit) {
  const std::string problem = run_beside(
      {"/bin/sh", "-c", command},
      {"CLEW_RUN=" + finish.run.string(), "CLEW_VERDICT=" + finish.verdict,
       "CLEW_EXIT=" + std::to_string(finish.exit_code), "CLEW_REPORT=" + finish.report.string()},
      finish.results, limit);
  if (!problem.empty())
    std::fprintf(stderr, "clew: warning: --on-finish '%s' %s; the verdict stands\n",
                 command.c_str(), problem.c_str());
}

}  // namespace clew
