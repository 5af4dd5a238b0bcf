#include <algorithm>

#include "harness/value.h"
#include "reports/batch.h"
#include "reports/junit_suite.h"
#include "reports/markdown_text.h"
#include "reports/markup.h"
#include "reports/reporter.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_rows = 300;

Value count(std::uint64_t number) { return static_cast<std::int64_t>(number); }

Value failures_of(const BatchRun& run) {
  Value::List list;
  for (const Failure& failure : run.failures)
    list.push_back(
        Value::object({{"fingerprint", failure.fingerprint},
                       {"novelty", std::string(to_string(failure.novelty))},
                       {"known_issue", failure.issue.empty() ? Value() : Value(failure.issue)},
                       {"expired", failure.expired}}));
  return list;
}

Value reproduction_of(const BatchRun& run) {
  if (!run.reproduction) return {};
  const Reproduction& again = *run.reproduction;
  return Value::object({{"runs", again.runs},
                        {"decided", count(again.same.tries)},
                        {"same", count(again.same.hits)},
                        {"otherwise", again.otherwise},
                        {"low", again.same.low()},
                        {"high", again.same.high()}});
}

// Why the failures of an excused run do not count.
std::string excuse_of(const BatchRun& run) {
  std::string out;
  if (!run.excused()) return out;
  for (const Failure& failure : run.failures)
    if (out.find(failure.issue) == std::string::npos)
      out += (out.empty() ? "known issue: " : ", ") + failure.issue;
  return out;
}

std::string row(const BatchRun& run) {
  std::string failures;
  for (const Failure& failure : run.failures) {
    if (failures.size() > 600) continue;
    failures += (failures.empty() ? "" : "<br>") + std::string(to_string(failure.novelty)) + " " +
                literal(failure.fingerprint, 200);
    if (failure.excused()) failures += " (known issue: " + literal(failure.issue, 100) + ")";
    if (failure.expired) failures += " (known issue expired: " + literal(failure.issue, 100) + ")";
  }
  if (run.reproduction) failures += "<br>again in " + rate_text(run.reproduction->same);
  const std::string verdict = run.results ? verdict_words(*run.results) : "RUN ERROR";
  return "| " + std::to_string(run.number) + " | " + literal(run.title) + " | " +
         std::to_string(run.seed) + " | " + verdict + " | " + std::to_string(run.exit_code) +
         " | " + failures + " |\n";
}

bool worth_telling(const BatchRun& run) { return run.counted_exit_code() != 0; }

}  // namespace

std::string batch_run_json(const BatchRun& run) {
  Value::Object object{{"schema", "clew.batch-run/1"},
                       {"number", count(run.number)},
                       {"repetition", run.repetition},
                       {"job", run.job},
                       {"title", run.title},
                       {"seed", std::to_string(run.seed)},
                       {"exit", run.exit_code},
                       {"counted_exit", run.counted_exit_code()},
                       {"folder", run.folder},
                       {"trouble", run.trouble.empty() ? Value() : Value(run.trouble)},
                       {"failures", failures_of(run)},
                       {"reproduction", reproduction_of(run)}};
  if (run.results) {
    object.emplace_back("verdict", std::string(to_string(run.results->outcome)));
    object.emplace_back("sentence", run.results->sentence);
    object.emplace_back("ops", count(run.results->ops.total()));
    object.emplace_back("repeat", run.results->repeat_command);
  }
  return to_json(Value::object(std::move(object))) + "\n";
}

std::string batch_totals_json(const Batch& batch) {
  const auto with = [&](int code) {
    return count(static_cast<std::uint64_t>(
        std::count_if(batch.runs.begin(), batch.runs.end(),
                      [&](const BatchRun& run) { return run.exit_code == code; })));
  };
  Value::List warnings;
  for (const std::string& warning : batch.warnings) warnings.emplace_back(warning);
  const auto excused = std::count_if(batch.runs.begin(), batch.runs.end(),
                                     [](const BatchRun& run) { return run.excused(); });
  return to_json(Value::object({{"schema", "clew.batch/1"},
                                {"file", batch.file},
                                {"shard", batch.shard.empty() ? Value() : Value(batch.shard)},
                                {"started", batch.started},
                                {"seed", std::to_string(batch.seed)},
                                {"planned", count(batch.planned)},
                                {"runs", count(batch.runs.size())},
                                {"valid", with(0)},
                                {"violations", with(1)},
                                {"unknown", with(2)},
                                {"gates", with(3)},
                                {"environment", with(4)},
                                {"excused", std::int64_t{excused}},
                                {"warnings", std::move(warnings)},
                                {"exit", batch.exit_code}})) +
         "\n";
}

std::string batch_junit(const Batch& batch) {
  Markup xml;
  xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").open("testsuites").raw("\n");
  for (const BatchRun& run : batch.runs) {
    // GitLab drops a second test of the same name.
    const std::string suffix =
        run.variant + (run.repetition > 1 ? " #" + std::to_string(run.repetition) : "");
    if (run.results) {
      write_suite(xml, *run.results,
                  {.suffix = suffix,
                   .excuse = excuse_of(run),
                   .attachment = run.folder.empty() ? "" : run.folder + "/report.html"});
    } else {
      write_broken_suite(xml, run.job + suffix, "exit-" + std::to_string(run.exit_code),
                         run.trouble);
    }
  }
  xml.close().raw("\n");
  return xml.take();
}

std::string batch_markdown(const Batch& batch) {
  std::string out = "## clew test-all " + literal(batch.file) + "\n\n" +
                    literal(batch_totals_text(batch), 1000) + "\n\n";
  for (const std::string& warning : batch.warnings)
    if (out.size() < 8000) out += "- Warning: " + literal(warning) + "\n";
  // First what wants somebody's eyes, then the rest.
  std::vector<const BatchRun*> order;
  for (const BatchRun& run : batch.runs) order.push_back(&run);
  std::stable_partition(order.begin(), order.end(),
                        [](const BatchRun* run) { return worth_telling(*run); });
  out += "\n| run | plan | seed | verdict | exit | failures |\n|--:|---|--:|---|--:|---|\n";
  std::size_t rows = 0;
  for (const BatchRun* run : order) {
    const std::string text = row(*run);
    if (rows == most_rows || out.size() + text.size() > most_markdown / 2) break;
    out += text;
    ++rows;
  }
  out += "\n";
  if (rows < order.size())
    out += grouped(order.size() - rows) + " more runs are in batch.jsonl.\n\n";
  for (const BatchRun* run : order) {
    if (!worth_telling(*run)) break;
    const std::string text = "### Run " + std::to_string(run->number) + ": " + literal(run->title) +
                             "\n\n" +
                             (run->results ? fenced(text_summary(*run->results, {}, false, true))
                                           : literal(run->trouble, 2000) + "\n") +
                             "\n";
    if (out.size() + text.size() + 100 > most_markdown) {
      out += "Other failures are too long for this summary; see each run's report.html.\n";
      break;
    }
    out += text;
  }
  return out;
}

}  // namespace clew
