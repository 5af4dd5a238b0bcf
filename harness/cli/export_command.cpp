#include <CLI/CLI.hpp>
#include <cstdio>

#include "checkers/export.h"
#include "checkers/import.h"
#include "harness/atomic_file.h"
#include "harness/cli/bundle.h"
#include "harness/cli/commands.h"
#include "harness/cli/option_table.h"
#include "harness/cli/output.h"
#include "harness/error.h"
#include "harness/history_file.h"
#include "harness/input.h"
#include "harness/store.h"
#include "nemesis/journal.h"
#include "reports/results.h"
#include "reports/spreadsheet.h"
#include "reports/trace.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> forms = {"jsonl", "edn", "porcupine", "chrome", "csv", "bundle"};

// What is to be exported: a run, or the history alone.
struct Source {
  std::optional<RunDir> run{};
  std::vector<Op> ops{};
  std::vector<FaultRecord> faults{};
  std::vector<LeaderSpan> leaders{};
  bool cut = false;
};

Source read_run(const RunDir& dir) {
  Source source{.run = dir};
  HistoryFile file = read_history_file(dir.file("history.jsonl"));
  source.ops = std::move(file.ops);
  source.cut = file.cut;
  std::error_code error;
  if (fs::exists(dir.file("schedule.jsonl"), error))
    source.faults = read_journal(dir.file("schedule.jsonl"));
  if (fs::exists(dir.file("results.json"), error))
    source.leaders = results_from_json(read_file(dir.file("results.json"))).leaders;
  return source;
}

Source read_history(const std::string& path) {
  Source source;
  std::string text = read_input(path);
  try {
    Imported imported = import_history(text, {});
    source.ops = std::move(imported.ops);
    source.cut = imported.cut;
  } catch (const UsageError& e) { throw UsageError(path + ": " + e.what()); }
  return source;
}

std::string written_as(const std::string& to, Source& source, std::vector<std::string>& lost) {
  if (to == "chrome")
    return chrome_trace(History(std::move(source.ops)), source.faults, source.leaders);
  if (to == "csv") return operations_csv(History(std::move(source.ops)));
  const Format format = to == "edn"     ? Format::edn
                        : to == "jsonl" ? Format::jsonl
                                        : Format::porcupine;
  Exported exported = export_history(source.ops, format);
  lost.insert(lost.end(), exported.lost.begin(), exported.lost.end());
  return std::move(exported.text);
}

int export_bundle(const ExportArguments& arguments, const RunDir& run) {
  fs::path output = arguments.output;
  if (output == "-") throw UsageError("--output: a bundle goes into a file, not into '-'");
  if (output.empty()) {
    const fs::path folder = fs::canonical(run.path());
    output =
        folder.parent_path().filename().string() + "-" + folder.filename().string() + ".tar.gz";
  }
  write_bundle(run.path(), output);
  std::printf("%s\n", output.c_str());
  return 0;
}

}  // namespace

CLI::App* add_export(CLI::App& app, ExportArguments& arguments) {
  CLI::App* command = app.add_subcommand(
      "export", "write a run's operations for other programs, or pack the run into one file");
  command
      ->add_option("run", arguments.input,
                   "a run's folder, latest, or a history; - is standard input")
      ->required()
      ->type_name("RUN_OR_FILE");
  command
      ->add_option("--to", arguments.to,
                   "edn is Jepsen's, chrome a trace for ui.perfetto.dev, bundle all files of the "
                   "run as .tar.gz")
      ->capture_default_str()
      ->type_name("FORM")
      ->check(one_of(forms));
  command
      ->add_option("-o,--output", arguments.output,
                   "a file; default standard output, for a bundle NAME-TIME.tar.gz")
      ->type_name("FILE");
  add_store(*command, arguments.store);
  return command;
}

int export_command(const Arguments& arguments) {
  const ExportArguments& given = arguments.exported;
  std::error_code error;
  const bool history = given.input == "-" ||
                       (fs::exists(given.input, error) && !fs::is_directory(given.input, error));
  if (given.to == "bundle") {
    if (history)
      throw UsageError("--to bundle: packs a run's folder, and " + given.input + " is none");
    return export_bundle(given, RunDir::open(given.store, given.input));
  }
  Source source =
      history ? read_history(given.input) : read_run(RunDir::open(given.store, given.input));
  std::vector<std::string> lost;
  if (source.cut) lost.emplace_back(lost_by_cut);
  write_output(given.output.empty() ? "-" : given.output, written_as(given.to, source, lost));
  tell_lost(given.input, lost, arguments.voice);
  return 0;
}

}  // namespace clew
