#include <cstdio>
#include <map>

#include "checkers/import.h"
#include "checkers/models.h"
#include "checkers/stats.h"
#include "harness/atomic_file.h"
#include "harness/cli/commands.h"
#include "harness/cli/interrupts.h"
#include "harness/cli/judge.h"
#include "harness/cli/proofs.h"
#include "harness/cli/shell.h"
#include "harness/error.h"
#include "harness/history_file.h"
#include "harness/input.h"
#include "nemesis/journal.h"
#include "reports/recovery.h"
#include "reports/reporter.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view cut_warning = "the history ends inside a line, which was left out";

History only_key(const History& history, const std::string& key) {
  std::vector<Op> kept;
  for (const Op& op : history.ops())
    if (op.key == key) kept.push_back(op);
  if (kept.empty()) throw UsageError("--key: no operation has the key '" + key + "'");
  return History(std::move(kept));
}

// In place of a workload, where only the model is known.
class ModelAlone final : public Workload {
 public:
  ModelAlone(std::string model, FailMeans fail_means)
      : model_(std::move(model)), fail_means_(fail_means) {}
  Gen generator(std::uint64_t /*seed*/) override { return {}; }
  Gen final_generator() override { return {}; }
  std::vector<std::unique_ptr<Checker>> checkers() const override {
    std::vector<std::unique_ptr<Checker>> checkers;
    checkers.push_back(linearizable_by_name(model_, fail_means_));
    checkers.push_back(stats());
    return checkers;
  }

 private:
  std::string model_;
  FailMeans fail_means_;
};

FailMeans fail_means_of(const CheckArguments& check) {
  return check.fail_means == "absent" ? FailMeans::absent : FailMeans::observed;
}

// How to judge: by --model, by --workload, or by `usual`.
std::unique_ptr<Workload> judging(const CheckArguments& check, const std::string& usual) {
  if (!check.model.empty()) return std::make_unique<ModelAlone>(check.model, fail_means_of(check));
  const std::string& name = check.workload.empty() ? usual : check.workload;
  return WorkloadRegistry::instance().find("workload", name).make(check.plugins);
}

// The words that judge `what` like this again.
std::string again(const CheckArguments& check, const std::string& what) {
  std::vector<std::string> words{"./clew", "check", what};
  if (!check.model.empty()) words.insert(words.end(), {"--model", check.model});
  for (const std::string& gate : check.gates) words.insert(words.end(), {"--gate", gate});
  return shell_command(words);
}

// Those that were asked for, in place of the run's own.
void use_gates(Results& results, const CheckArguments& check) {
  if (check.gates.empty()) return;
  results.gates.clear();
  for (const std::string& gate : check.gates) results.gates.push_back(parse_gate(gate));
}

// A run's folder: everything that was saved about it goes into the results.
int check_run(const CheckArguments& check, const Voice& voice, const RunDir& dir,
              const std::stop_token& stop) {
  RunInfo info{};
  try {
    info = run_info_from_json(read_file(dir.file("run.json")));
  } catch (const UsageError& e) { throw UsageError(dir.path().string() + ": " + e.what()); }
  const auto workload = judging(check, info.workload);
  HistoryFile file = read_history_file(dir.file("history.jsonl"));
  Results results = results_of(info);
  if (file.cut) results.warnings.emplace_back(std::string(cut_warning) + ": the run was killed");
  std::error_code error;
  if (fs::exists(dir.file("schedule.jsonl"), error))
    results.faults = read_journal(dir.file("schedule.jsonl"));
  if (fs::exists(dir.file("results.json"), error)) {
    const Results before = results_from_json(read_file(dir.file("results.json")));
    results.leaders = before.leaders;
    results.zero = before.zero;
    for (const Gate& gate : before.gates) results.gates.push_back(parse_gate(gate.text));
  } else {
    results.warnings.emplace_back("the run did not end by itself: this is what was recorded of it");
  }
  use_gates(results, check);
  results.check_command = again(check, dir.path().string());
  History history(std::move(file.ops));
  if (check.key) history = only_key(history, *check.key);
  const fs::path recorded = dir.file("history.jsonl");
  HistoryReference reference;
  if (!check.certificate.empty()) reference = refer_to(recorded, read_file(recorded), history);
  judge(results, history, *workload, check.check, stop);
  int code = results.exit_code;
  if (check.key) {
    print_results(results, dir.path(), voice);  // A part must not replace the whole.
  } else {
    code = deliver(results, dir, voice);
  }
  return worse_exit_code(code, save_proofs(check, voice, results, recorded, reference));
}

int check_file(const CheckArguments& check, const Voice& voice, const std::string& path,
               const std::stop_token& stop) {
  const auto workload = judging(check, "register");
  ImportOptions options{.independent = check.independent};
  if (!check.fail_means.empty())
    options.fail_means = check.fail_means == "absent" ? FailMeans::absent : FailMeans::observed;
  const std::string name = path == "-" ? std::string(standard_input) : path;
  std::string text = read_input(path);
  History history;
  HistoryReference reference;
  bool cut = false;
  try {
    const std::string as_it_was = check.certificate.empty() ? std::string() : text;
    Imported imported = import_history(text, options);
    cut = imported.cut;
    history = History(std::move(imported.ops));
    if (!check.certificate.empty()) reference = refer_to(path, as_it_was, history);
    if (check.key) history = only_key(history, *check.key);
  } catch (const UsageError& e) { throw UsageError(name + ": " + e.what()); }
  text = {};  // Judging may need the memory.
  Results results{};
  results.workload = !check.model.empty() ? check.model : check.workload;
  if (results.workload.empty()) results.workload = "register";
  results.clew_version = CLEW_VERSION;
  use_gates(results, check);
  results.check_command = again(check, path);
  if (cut) results.warnings.emplace_back(cut_warning);
  judge(results, history, *workload, check.check, stop);
  print_results(results, {}, voice);
  return save_proofs(check, voice, results, path, reference);
}

}  // namespace

int check_command(const Arguments& arguments) {
  const CheckArguments& check = arguments.check;
  const Interrupts interrupts;
  int code = 0;
  for (const std::string& input : check.inputs) {
    std::error_code error;
    const bool file = input == "-" || (fs::exists(input, error) && !fs::is_directory(input, error));
    // The first Ctrl-C ends the judging here: there is no load to end.
    const int this_code = file ? check_file(check, arguments.voice, input, interrupts.load())
                               : check_run(check, arguments.voice, RunDir::open(check.store, input),
                                           interrupts.load());
    code = worse_exit_code(code, this_code);
    if (interrupts.exit_code() != 0) return code == 1 ? 1 : interrupts.exit_code();
  }
  return code;
}

int report_command(const Arguments& arguments) {
  const RunDir dir = RunDir::open(arguments.report_store, arguments.report_run);
  Results results{};
  try {
    results = results_from_json(read_file(dir.file("results.json")));
  } catch (const UsageError& e) {
    throw UsageError(std::string(e.what()) + "; clew check " + dir.path().string() +
                     " makes it anew");
  }
  return deliver(results, dir, arguments.voice);
}

}  // namespace clew
