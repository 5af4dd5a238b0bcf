#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "harness/atomic_file.h"
#include "harness/cli/beside.h"
#include "harness/cli/ci.h"
#include "harness/cli/commands.h"
#include "harness/cli/judge.h"
#include "harness/cli/matrix.h"
#include "harness/cli/past.h"
#include "harness/cli/shell.h"
#include "harness/cli/test_command.h"
#include "harness/error.h"
#include "harness/fd.h"
#include "reports/fingerprint.h"
#include "reports/wording.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

bool interrupted(int code) { return code == 130 || code == 143; }

// While it lives, what a run prints goes nowhere: it is told in another form.
class SilentStdout {
 public:
  SilentStdout() : kept_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
    std::fflush(stdout);
    const Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (!kept_ || !null || ::dup2(null.get(), STDOUT_FILENO) < 0)
      throw EnvironmentError(errno_text("dup2(/dev/null)", errno));
  }
  ~SilentStdout() {
    std::fflush(stdout);
    ::dup2(kept_.get(), STDOUT_FILENO);
  }
  SilentStdout(const SilentStdout&) = delete;
  SilentStdout& operator=(const SilentStdout&) = delete;

 private:
  Fd kept_;
};

// As its results will name it, if it comes so far.
std::string job_of(const TestArguments& test) {
  Results results;
  results.system = test.system;
  results.workload = test.workload;
  results.nemesis = test.nemesis;
  return job_name(results);
}

struct Ended {
  int exit_code = 0;
  std::string trouble{};
  fs::path folder{};
  std::optional<Results> results{};
};

// Starts one run as `clew test` does. Whatever goes wrong with it is its result.
Ended run_one(const Arguments& arguments, const std::vector<std::string>& words) {
  Ended ended;
  try {
    const SilentStdout silent;
    const std::vector<FinishedRun> runs = run_tests(arguments, words);
    ended.exit_code = worst_exit_code(runs);
    ended.folder = runs.back().folder;
  } catch (const UsageError& e) {
    ended = {.exit_code = 254, .trouble = e.what()};
  } catch (const EnvironmentError& e) {
    ended = {.exit_code = 4, .trouble = e.what()};
  } catch (const HarnessError& e) {
    ended = {.exit_code = 255, .trouble = std::string("internal error: ") + e.what()};
  }
  std::error_code error;
  if (!ended.folder.empty() && fs::exists(ended.folder / "results.json", error)) {
    try {
      ended.results = results_from_json(read_file(ended.folder / "results.json"));
    } catch (const UsageError& e) {
      ended.trouble = e.what();
      ended.exit_code = worse_exit_code(ended.exit_code, 255);
    }
  } else if (ended.trouble.empty()) {
    ended.trouble = "it ended with exit code " + std::to_string(ended.exit_code) +
                    " before it had results; stderr tells why";
    if (ended.exit_code == 0) ended.exit_code = 255;
  }
  return ended;
}

class TestAll {
 public:
  TestAll(const TestAllArguments& arguments, const Voice& voice, Matrix matrix)
      : arguments_(arguments),
        voice_(voice),
        matrix_(std::move(matrix)),
        whole_(matrix_.runs.size()),
        started_(utc_stamp(std::chrono::system_clock::now())),
        past_(started_),
        ci_(arguments.telling.ci),
        utf8_(utf8_locale()) {
    matrix_.runs = shard_of(std::move(matrix_.runs), arguments.shard);
    batch_.file = arguments.file;
    batch_.shard = arguments.shard;
    batch_.started = started_;
    batch_.seed = matrix_.seed;
    batch_.planned = matrix_.runs.size();
  }

  int list() const {
    for (const PlannedRun& run : matrix_.runs)
      std::printf("[%zu/%zu] %s\n", run.number, whole_, shell_command(run.words).c_str());
    return 0;
  }

  int all() {
    make_folder();
    const Nanos limit = arguments_.telling.limit();
    if (!voice_.quiet)
      std::fprintf(stderr, "clew: %zu runs of %s, seeds drawn from %llu\n", matrix_.runs.size(),
                   arguments_.file.c_str(), static_cast<unsigned long long>(matrix_.seed));
    for (const PlannedRun& planned : matrix_.runs) {
      BatchRun run = play(planned);
      tell(run);
      const int code = run.counted_exit_code();
      batch_.exit_code = worse_exit_code(batch_.exit_code, code);
      batch_.runs.push_back(std::move(run));
      if (stop_ || interrupted(batch_.runs.back().exit_code)) break;
      if (code != 0 && !arguments_.keep_going) break;
    }
    finish();
    if (!arguments_.telling.on_finish.empty())
      run_on_finish(arguments_.telling.on_finish, finish_of_batch(), limit);
    return batch_.exit_code;
  }

 private:
  // store/test-all/<UTC time>: what is said of all runs; the runs themselves are where each
  // clew test puts them.
  void make_folder() {
    const fs::path all = fs::path(matrix_.store) / "test-all";
    std::error_code error;
    fs::create_directories(all, error);
    fs::path folder = all / started_;
    for (int i = 2; !error && !fs::create_directory(folder, error) && i < 100; ++i)
      folder = all / (started_ + "-" + std::to_string(i));
    if (error)
      throw EnvironmentError("cannot make the folder " + folder.string() + ": " + error.message() +
                             "; choose another one with --store DIR");
    relink_atomically(all / "latest", folder.filename());
    folder_ = fs::absolute(folder);
    write_file_atomically(folder_ / "matrix.toml", read_file(arguments_.file));
  }

  BatchRun play(const PlannedRun& planned) {
    const CiSection section(ci_.host(), "clew " + planned.title + " (" +
                                            std::to_string(planned.number) + " of " +
                                            std::to_string(whole_) + ")");
    Arguments arguments = planned.arguments;
    arguments.voice = voice_;
    arguments.voice.json = false;
    arguments.test.telling.ci = "none";  // All of them are told together.
    Ended ended = run_one(arguments, planned.words);
    BatchRun run{.number = planned.number,
                 .repetition = planned.repetition,
                 .title = planned.title,
                 .job = job_of(planned.arguments.test),
                 .variant = planned.variant,
                 .seed = planned.seed,
                 .exit_code = ended.exit_code,
                 .trouble = std::move(ended.trouble),
                 .folder = ended.folder.string(),
                 .results = std::move(ended.results)};
    if (!run.results) return run;
    run.job = job_name(*run.results);
    classify(run, planned.of_plan);
    if (run.exit_code == 1 && !run.excused() && arguments_.rerun_on_fail > 0)
      run.reproduction = reproduce(run, arguments, planned.words);
    return run;
  }

  void classify(BatchRun& run, std::size_t window) {
    const std::string today =
        started_.substr(0, 4) + "-" + started_.substr(4, 2) + "-" + started_.substr(6, 2);
    for (const std::string& fingerprint : fingerprints(*run.results)) {
      Failure failure{.fingerprint = fingerprint,
                      .novelty = past_.novelty(fs::path(run.folder).parent_path(), *run.results,
                                               fingerprint, window)};
      if (const KnownIssue* issue = issue_of(matrix_.issues, fingerprint, today)) {
        failure.issue = issue->reason;
        failure.expired = issue->expires < today;
        used_.push_back(issue);
      }
      run.failures.push_back(std::move(failure));
    }
  }

  // Same seed, same faults at the same events: a rate, and never a pardon.
  Reproduction reproduce(const BatchRun& run, Arguments arguments,
                         const std::vector<std::string>& words) {
    arguments.test.same_seed = true;
    arguments.test.telling.on_finish.clear();
    const fs::path schedule = fs::path(run.folder) / "schedule.toml";
    if (fs::exists(schedule)) {
      arguments.test.schedule = schedule.string();
      // Its own command to repeat it, which also keeps it out of the history of the plan.
      std::erase_if(arguments.test.given,
                    [](const std::string& word) { return word.starts_with("--nemesis="); });
      arguments.test.given.push_back("--schedule=" + schedule.string());
    }
    Reproduction again;
    for (int i = 0; i < arguments_.rerun_on_fail; ++i) {
      if (!voice_.quiet)
        std::fprintf(stderr, "clew: again, %d of %d\n", i + 1, arguments_.rerun_on_fail);
      const Ended ended = run_one(arguments, words);
      ++again.runs;
      if (interrupted(ended.exit_code)) {
        batch_.exit_code = worse_exit_code(batch_.exit_code, ended.exit_code);
        stop_ = true;
        break;
      }
      if (!ended.results || ended.results->outcome == Outcome::unknown) continue;
      ++again.same.tries;
      if (ended.results->outcome == Outcome::valid) continue;
      if (failed_the_same(run, *ended.results)) {
        ++again.same.hits;
      } else {
        ++again.otherwise;
      }
    }
    return again;
  }

  static bool failed_the_same(const BatchRun& first, const Results& again) {
    std::set<std::string> found;
    for (const std::string& fingerprint : fingerprints(again))
      found.insert(without_faults(fingerprint));
    return std::any_of(first.failures.begin(), first.failures.end(), [&](const Failure& failure) {
      return found.contains(without_faults(failure.fingerprint));
    });
  }

  void tell(const BatchRun& run) {
    const std::string json = batch_run_json(run);
    const std::string text = voice_.json ? json : batch_run_text(run, whole_, utf8_);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    lines_ += json;
    // Kept up to date: whoever is killed has told what it knew.
    write_file_atomically(folder_ / "batch.jsonl", lines_);
    if (run.results && !run.excused()) ci_.annotate(*run.results);
  }

  // Only who ran all of the matrix can say so.
  void warn_of_unused_issues() {
    if (batch_.runs.size() < whole_) return;
    for (const KnownIssue& issue : matrix_.issues)
      if (std::find(used_.begin(), used_.end(), &issue) == used_.end())
        batch_.warnings.push_back("no run failed as the known issue " + issue.fingerprint + " (" +
                                  issue.reason + "): is it mended?");
  }

  void finish() {
    warn_of_unused_issues();
    const std::string totals = batch_totals_json(batch_);
    write_file_atomically(folder_ / "batch.jsonl", lines_ + totals);
    write_file_atomically(folder_ / "junit.xml", batch_junit(batch_));
    write_file_atomically(folder_ / "summary.md", batch_markdown(batch_));
    if (voice_.json) {
      std::fputs(totals.c_str(), stdout);
    } else {
      const std::string text = batch_totals_text(batch_);
      std::printf("%s", utf8_ ? text.c_str() : to_ascii(text).c_str());
      for (const std::string& warning : batch_.warnings)
        std::printf("warning: %s\n", plain(warning, 500).c_str());
      std::printf("summary %s\n", (folder_ / "summary.md").c_str());
    }
    std::fflush(stdout);
    ci_.summary(folder_ / "summary.md", batch_.exit_code != 0);
  }

  Finish finish_of_batch() const {
    Finish finish{.run = folder_, .verdict = "error", .exit_code = batch_.exit_code};
    if (batch_.exit_code == 0 || batch_.exit_code == 3) finish.verdict = "valid";
    if (batch_.exit_code == 1) finish.verdict = "invalid";
    if (batch_.exit_code == 2) finish.verdict = "unknown";
    if (interrupted(batch_.exit_code)) finish.verdict = "interrupted";
    finish.report = folder_ / "summary.md";
    finish.results = folder_ / "batch.jsonl";
    return finish;
  }

  const TestAllArguments& arguments_;
  const Voice& voice_;
  Matrix matrix_;
  std::size_t whole_;
  std::string started_;
  Past past_;
  Ci ci_;
  bool utf8_;
  fs::path folder_{};
  std::string lines_{};
  std::vector<const KnownIssue*> used_{};
  bool stop_ = false;
  Batch batch_{};
};

}  // namespace

int test_all_command(const Arguments& arguments) {
  const TestAllArguments& all = arguments.test_all;
  TestAll test(all, arguments.voice, read_matrix(all.file, all.seed, all.store));
  return all.dry_run ? test.list() : test.all();
}

}  // namespace clew
