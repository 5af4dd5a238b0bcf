#include "harness/cli/ci.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "harness/atomic_file.h"
#include "harness/cli/beside.h"
#include "harness/error.h"
#include "harness/nearest.h"
#include "reports/annotations.h"
#include "reports/wording.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr int most_annotations = 8;
// GitHub drops a step's whole summary above 1 MiB.
constexpr std::uintmax_t most_summary = 1'000'000;
constexpr auto agent_limit = std::chrono::seconds(20);

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' && std::string_view(value) != "false";
}

void warn(const std::string& text) { std::fprintf(stderr, "clew: warning: %s\n", text.c_str()); }

void append_step_summary(const fs::path& markdown) {
  const char* to = std::getenv("GITHUB_STEP_SUMMARY");
  if (to == nullptr || *to == '\0') return;
  const std::string text = read_file(markdown);
  std::error_code error;
  const std::uintmax_t there = fs::exists(to, error) ? fs::file_size(to, error) : 0;
  if (there + text.size() > most_summary)
    return warn("the step's summary is full; this run is not in it");
  std::ofstream out(to, std::ios::binary | std::ios::app);
  out << text << "\n";
  if (!out.flush()) warn(std::string("cannot append to GITHUB_STEP_SUMMARY, ") + to);
}

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::error_code error;
    if (end > 0 && fs::is_regular_file(fs::path(rest.substr(0, end)) / program, error)) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

void annotate_buildkite(const fs::path& markdown, bool failed) {
  if (!in_path("buildkite-agent")) return;
  const std::string problem = run_beside({"buildkite-agent", "annotate", "--append", "--context",
                                          "clew", "--style", failed ? "error" : "success"},
                                         {}, markdown, agent_limit);
  if (!problem.empty()) warn("buildkite-agent annotate " + problem);
}

long long seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

CiHost ci_host(const std::string& name) {
  if (name == "none") return CiHost::none;
  if (name == "github") return CiHost::github;
  if (name == "gitlab") return CiHost::gitlab;
  if (name == "buildkite") return CiHost::buildkite;
  if (name != "auto")
    throw UsageError("--ci: " + unknown_name("CI system", name,
                                             {"auto", "none", "github", "gitlab", "buildkite"}));
  if (is_set("GITHUB_ACTIONS")) return CiHost::github;
  if (is_set("GITLAB_CI")) return CiHost::gitlab;
  return is_set("BUILDKITE") ? CiHost::buildkite : CiHost::none;
}

void Ci::annotate(const Results& results) {
  if (host_ != CiHost::github) return;
  const std::string line = github_annotation(results);
  if (line.empty() || ++annotated_ > most_annotations) return;
  std::fputs(line.c_str(), stderr);
}

void Ci::summary(const fs::path& markdown, bool failed) try {
  if (host_ == CiHost::github) append_step_summary(markdown);
  if (host_ == CiHost::buildkite) annotate_buildkite(markdown, failed);
} catch (const UsageError& e) { warn(e.what()); }

void Ci::tell_run(const fs::path& run) {
  std::error_code error;
  if (host_ == CiHost::none || !fs::exists(run / "results.json", error)) return;
  try {
    const Results results = results_from_json(read_file(run / "results.json"));
    annotate(results);
    summary(run / "summary.md", results.exit_code != 0);
  } catch (const UsageError& e) { warn(e.what()); }
}

CiSection::CiSection(CiHost host, const std::string& title) : host_(host) {
  static int last = 0;
  number_ = ++last;
  const std::string shown = plain(title, 200);
  if (host == CiHost::github) std::fprintf(stderr, "::group::%s\n", shown.c_str());
  if (host == CiHost::buildkite) std::fprintf(stderr, "--- %s\n", shown.c_str());
  if (host == CiHost::gitlab)
    std::fprintf(stderr, "\033[0Ksection_start:%lld:clew_%d[collapsed=true]\r\033[0K%s\n",
                 seconds_now(), number_, shown.c_str());
}

CiSection::~CiSection() {
  if (host_ == CiHost::github) std::fputs("::endgroup::\n", stderr);
  if (host_ == CiHost::gitlab)
    std::fprintf(stderr, "\033[0Ksection_end:%lld:clew_%d\r\033[0K\n", seconds_now(), number_);
}

}  // namespace clew
