#include <algorithm>
#include <array>
#include <string>

#include "reports/markdown_text.h"
#include "reports/reporter.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

std::string row(std::string_view name, const std::string& value) {
  return value.empty() ? "" : "| " + std::string(name) + " | " + value + " |\n";
}

std::string figures(const Results& results) {
  const KeyCount keys = key_count(results);
  const Performance& perf = results.performance;
  std::string out = "| | |\n|---|---|\n";
  out +=
      row("operations", grouped(results.ops.total()) + " in " + format_duration(results.duration) +
                            ": " + grouped(results.ops.ok) + " ok, " + grouped(results.ops.fail) +
                            " fail, " + grouped(results.ops.info) + " info");
  if (keys.total > 0)
    out += row("keys", grouped(keys.total) + ": " + grouped(keys.invalid) + " invalid, " +
                           grouped(keys.unknown) + " unknown");
  for (const FaultCount& count : fault_counts(results))
    out += row(
        "fault " + literal(count.fault, 60),
        grouped(count.verified) + " of " + grouped(count.planned) + " took effect" +
            (count.not_healed > 0 ? ", " + grouped(count.not_healed) + " not seen healed" : ""));
  if (!results.leaders.empty())
    out += row("leader changes", std::to_string(results.leader_changes));
  out += row("p99", latency(perf.p99_quiet) + " quiet, " + latency(perf.p99_fault) + " in faults");
  out += row("longest outage", latency(perf.longest_outage));
  for (const Gate& gate : results.gates)
    out += row("gate " + literal(gate.text, 60),
               std::string(gate.held ? "held: " : "**failed**: ") + literal(gate.measured));
  for (const Verdict& verdict : results.verdicts)
    out += row("checker " + literal(verdict.checker, 60),
               std::string(to_string(verdict.outcome)) +
                   (verdict.cause.empty() ? "" : " (" + literal(verdict.cause) + ")") + ", " +
                   (verdict.exact ? "exact" : "not exact") + ", " +
                   format_duration(verdict.check_time));
  if (has_seed(results)) out += row("seed", std::to_string(results.seed));
  return out;
}

std::string list(const std::vector<std::string>& lines, std::string_view before) {
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 20); ++i)
    out += "- " + std::string(before) + literal(lines[i]) + "\n";
  if (lines.size() > 20) out += "- " + grouped(lines.size() - 20) + " more\n";
  return out;
}

// For a CI job's summary page; GitHub gives up above 1 MiB, people far earlier.
class Markdown : public Reporter {
 public:
  static constexpr std::string_view name = "markdown";
  static constexpr std::string_view summary = "for a CI job's page: summary.md, at most 60 KB";
  static constexpr std::array<OptionSpec, 0> options{};
  explicit Markdown(const Options&) {}

  std::string_view file_name() const override { return "summary.md"; }

  std::string render(const Results& results) const override {
    std::string out = "## " + literal(symbol(standing(results))) + " " + verdict_words(results) +
                      ": " + literal(job_title(results)) + "\n\n";
    out += literal(results.sentence, 2000) + "\n\n";
    if (!results.cause.empty()) out += "Cause: " + literal(results.cause) + "\n\n";
    const std::array<std::string, 3> parts{
        list(results.vacuous, "Vacuous: ") + list(results.warnings, "Warning: "), figures(results),
        fenced(text_summary(results, {}, false, true))};
    bool left_out = false;
    for (const std::string& part : parts) {
      if (part.empty()) continue;
      if (out.size() + part.size() + 200 > most_markdown) {
        left_out = true;
      } else {
        out += part + "\n";
      }
    }
    if (left_out) out += "Parts were too long for this summary; report.html has them.\n";
    return out;
  }
};

const Register<Reporter, Markdown> registered;

}  // namespace
}  // namespace clew
