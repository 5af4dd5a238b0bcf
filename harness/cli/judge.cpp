#include "harness/cli/judge.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "reports/assemble.h"
#include "reports/recording.h"
#include "reports/reporter.h"

namespace clew {
namespace {

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' && std::string_view(value) != "0";
}

// Flag, then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then whether it is a terminal.
bool colour_wanted(When when) {
  if (when != When::automatic) return when == When::always;
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (set("FORCE_COLOR") || set("CLICOLOR_FORCE")) return true;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return false;
  return ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view text(value);
    return text.find("UTF-8") != text.npos || text.find("utf8") != text.npos ||
           text.find("UTF8") != text.npos;
  }
  return false;
}

Results results_of(const RunInfo& info) {
  Results results{};
  results.system = info.system;
  results.system_version = info.system_version;
  results.workload = info.workload;
  results.nemesis = info.nemesis;
  results.seed = info.seed;
  results.nodes = info.nodes;
  results.concurrency = info.concurrency;
  results.time_limit = info.time_limit;
  results.started = info.started;
  results.clew_version = info.clew_version;
  results.environment = info.environment;
  results.repeat_command = info.repeat_command;
  return results;
}

void judge(Results& results, const History& history, const Workload& workload,
           const CheckOptions& options, const std::stop_token& stop) {
  Limits limits{};
  limits.time = options.timeout;
  limits.memory_bytes = options.memory_bytes;
  limits.threads = options.threads;
  limits.proofs = options.proofs;
  results.verdicts.clear();
  for (const auto& checker : workload.checkers())
    results.verdicts.push_back(check_safely(*checker, history, limits, stop));
  std::vector<FaultRecord> faults = std::move(results.faults);
  std::vector<LeaderSpan> leaders = std::move(results.leaders);
  const bool faults_were_asked_for = !faults.empty();
  summarise(results, history, std::move(faults), std::move(leaders));
  conclude(results, faults_were_asked_for);
}

void write_reports(const RunDir& dir, const Results& results, std::size_t most_bytes) {
  Recording recording = read_recording(dir.path(), results);
  for (const auto& [name, entry] : ReporterRegistry::instance().entries()) {
    const auto reporter = entry.make({});
    std::string text = reporter->render(results, recording);
    for (int detail = 1; reporter->shows_recording() && text.size() > most_bytes &&
                         detail <= static_cast<int>(Detail::none);
         ++detail) {
      recording = read_recording(dir.path(), results, static_cast<Detail>(detail));
      text = reporter->render(results, recording);
    }
    write_file_atomically(dir.file(std::string(reporter->file_name()).c_str()), text);
  }
}

void print_results(const Results& results, const std::filesystem::path& run_dir,
                   const Voice& voice) {
  const std::string text =
      voice.json ? results_to_json(results)
                 : text_summary(results, run_dir, colour_wanted(voice.colour), utf8_locale());
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
  std::fflush(stdout);
}

int deliver(const Results& results, const RunDir& dir, const Voice& voice) {
  std::string problem;
  try {
    write_reports(dir, results, voice.report_max_mb * 1'000'000);
  } catch (const EnvironmentError& e) { problem = e.what(); }
  print_results(results, dir.path(), voice);
  if (problem.empty()) return results.exit_code;
  std::fprintf(stderr, "clew: %s; the verdict stands, clew report writes the reports again\n",
               problem.c_str());
  return worse_exit_code(results.exit_code, 4);
}

int worse_exit_code(int a, int b) {
  static constexpr std::array order{1, 130, 143, 255, 254, 4, 2, 3, 0};
  const auto rank = [](int code) {
    const auto at = std::find(order.begin(), order.end(), code);
    return at == order.end() ? order.begin() + 3 : at;
  };
  return *std::min(rank(a), rank(b));
}

}  // namespace clew
