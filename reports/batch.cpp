#include "reports/batch.h"

#include <algorithm>
#include <map>

#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

std::string words_of(const BatchRun& run) {
  if (run.exit_code == 130 || run.exit_code == 143) return "INTERRUPTED";
  if (!run.results) return "RUN ERROR";
  return run.exit_code == 3 ? "GATE FAILED" : verdict_words(*run.results);
}

std::string_view mark(const BatchRun& run, bool utf8) {
  if (run.excused()) return utf8 ? "~" : "KNOWN";
  const Standing stands = run.exit_code == 3 ? Standing::violation
                          : run.results      ? standing(*run.results)
                                             : Standing::error;
  if (utf8) return symbol(stands);
  switch (stands) {
    case Standing::pass: return "OK";
    case Standing::violation: return "FAIL";
    case Standing::unknown: return "UNKNOWN";
    case Standing::error: break;
  }
  return "ERROR";
}

std::string failure_text(const Failure& failure) {
  std::string out = std::string(to_string(failure.novelty)) + "  " + failure.fingerprint;
  if (failure.excused()) out += "  known issue: " + plain(failure.issue, 200);
  if (failure.expired) out += "  the known issue expired: " + plain(failure.issue, 200);
  return out;
}

std::string reproduction_text(const Reproduction& again) {
  std::string out = "again in " + rate_text(again.same);
  if (again.same.tries < static_cast<std::uint64_t>(again.runs))
    out += "; " + grouped(static_cast<std::uint64_t>(again.runs) - again.same.tries) +
           " came to no verdict";
  if (again.otherwise > 0)
    out += "; " + grouped(static_cast<std::uint64_t>(again.otherwise)) + " failed otherwise";
  return out;
}

}  // namespace

std::string_view to_string(Novelty novelty) {
  switch (novelty) {
    case Novelty::fresh: return "new";
    case Novelty::known: return "known";
    case Novelty::returned: break;
  }
  return "returned";
}

bool BatchRun::excused() const {
  // What never came to a verdict is nobody's known issue.
  if (exit_code < 1 || exit_code > 3 || !results || failures.empty()) return false;
  return std::all_of(failures.begin(), failures.end(),
                     [](const Failure& failure) { return failure.excused(); });
}

std::string batch_run_text(const BatchRun& run, std::size_t planned, bool utf8) {
  std::string out = "[" + std::to_string(run.number) + "/" + std::to_string(planned) + "] " +
                    std::string(mark(run, utf8)) + " " + words_of(run) + "  " +
                    plain(run.title, 300) + "  seed " + std::to_string(run.seed);
  if (run.results)
    out += "  " + counted(run.results->ops.total(), "op") + " in " +
           format_duration(run.results->duration);
  out += "\n";
  if (run.exit_code != 0) {
    const auto line = [&](const std::string& name, const std::string& text) {
      if (!text.empty()) out += "      " + name + text + "\n";
    };
    line("", plain(run.results ? run.results->sentence : run.trouble, 1500));
    for (const Failure& failure : run.failures) line("", failure_text(failure));
    if (run.reproduction) line("", reproduction_text(*run.reproduction));
    line("report  ", run.folder.empty() || !run.results ? "" : run.folder + "/report.html");
    if (run.results) line("repeat  ", plain(run.results->repeat_command, 1000));
  }
  return utf8 ? out : to_ascii(out);
}

std::string batch_totals_text(const Batch& batch) {
  std::map<std::string, std::uint64_t> ends;
  std::uint64_t fresh = 0, excused = 0;
  for (const BatchRun& run : batch.runs) {
    ++ends[words_of(run)];
    excused += run.excused() ? 1U : 0U;
    fresh += std::any_of(run.failures.begin(), run.failures.end(),
                         [](const Failure& failure) { return failure.novelty == Novelty::fresh; })
                 ? 1U
                 : 0U;
  }
  std::string out = counted(batch.runs.size(), "run");
  if (!batch.shard.empty()) out += " of shard " + batch.shard;
  for (const auto& [words, count] : ends)
    out += (words == ends.begin()->first ? ": " : ", ") + grouped(count) + " " + words;
  if (fresh > 0) out += "; " + grouped(fresh) + " with a new failure";
  if (excused > 0) out += "; " + grouped(excused) + " excused as known";
  if (batch.runs.size() < batch.planned)
    out += "; " + grouped(batch.planned - batch.runs.size()) + " not run";
  return out + "; exit code " + std::to_string(batch.exit_code) + "\n";
}

}  // namespace clew
