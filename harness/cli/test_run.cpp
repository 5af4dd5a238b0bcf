#include "harness/cli/test_run.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "harness/atomic_file.h"
#include "harness/cli/interrupts.h"
#include "harness/cli/judge.h"
#include "harness/cli/live_file.h"
#include "harness/cli/live_judge.h"
#include "harness/cli/progress.h"
#include "harness/cli/shell.h"
#include "harness/error.h"
#include "harness/history_file.h"
#include "harness/lab/fuse_disk.h"
#include "harness/lab/lab.h"
#include "harness/recorder.h"
#include "harness/runner.h"
#include "nemesis/conductor.h"
#include "nemesis/fsync_watch.h"
#include "nemesis/journal.h"
#include "nemesis/leader_watch.h"
#include "nemesis/log_watch.h"
#include "nemesis/plan.h"
#include "reports/recovery.h"
#include "reports/story.h"

namespace clew {
namespace {

constexpr auto start_patience = std::chrono::seconds(30);
constexpr auto recovery_patience = std::chrono::seconds(30);
constexpr auto final_reads_limit = std::chrono::seconds(10);

// What the progress display looks at while the run goes on.
class Board {
 public:
  explicit Board(Nanos limit) { now_.limit = limit; }

  void attach(const RunCounts* counts, const Recorder* recorder, const LiveJudge* judge) {
    const std::lock_guard lock(mutex_);
    counts_ = counts;
    recorder_ = recorder;
    judge_ = judge;
  }
  void phase(const std::string& phase) {
    const std::lock_guard lock(mutex_);
    now_.phase = phase;
  }
  void violation() {
    const std::lock_guard lock(mutex_);
    violation_ = true;
  }
  void leader(const std::string& leader) {
    const std::lock_guard lock(mutex_);
    now_.leader = leader;
  }
  void fault(const FaultRecord& fault) {
    const std::lock_guard lock(mutex_);
    if (fault.healed != never || fault.applied == never) {
      in_force_.erase(fault.id);
    } else {
      in_force_[fault.id] = fault_label(fault);
    }
  }
  Live live() const {
    const Snapshot now = look();
    const std::lock_guard lock(mutex_);
    return {.phase = now.phase,
            .elapsed = now.elapsed,
            .limit = now.limit,
            .ops = {.ok = now.ok, .fail = now.fail, .info = now.info},
            .faults = now.faults,
            .leader = now.leader,
            .judged = now.judged,
            .violation = violation_};
  }
  Snapshot look() const {
    const std::lock_guard lock(mutex_);
    Snapshot snapshot = now_;
    if (recorder_ != nullptr) elapsed_ = recorder_->now();
    snapshot.elapsed = elapsed_;
    if (counts_ != nullptr) {
      snapshot.ok = counts_->ok;
      snapshot.fail = counts_->fail;
      snapshot.info = counts_->info;
    }
    if (judge_ != nullptr) snapshot.judged = judge_->sentence();
    for (const auto& [id, text] : in_force_)
      snapshot.faults += (snapshot.faults.empty() ? "" : ", ") + text;
    return snapshot;
  }

 private:
  mutable std::mutex mutex_;
  Snapshot now_{};
  bool violation_ = false;
  mutable Nanos elapsed_{};  // Stays where it was once the recorder is gone.
  const RunCounts* counts_ = nullptr;
  const Recorder* recorder_ = nullptr;
  const LiveJudge* judge_ = nullptr;
  std::map<std::string, std::string> in_force_;
};

// What faults have to do with clients.
class SeatAsker final : public Asker {
 public:
  SeatAsker(Runner& runner, System& system, Cluster& cluster)
      : runner_(runner), system_(system), cluster_(cluster) {}

  Op ask(const Node& node, Op op) override {
    const Seat seat{.node = node.name,
                    .connect = [this, &node] { return system_.connect(cluster_, node); }};
    return runner_.ask(seat, std::move(op));
  }
  int clients() const override { return static_cast<int>(runner_.workers()); }
  void pause(int client, bool paused) override {
    runner_.pause(static_cast<std::size_t>(client), paused);
  }
  bool stands_still(int client) const override {
    return runner_.stands_still(static_cast<std::size_t>(client));
  }

 private:
  Runner& runner_;
  System& system_;
  Cluster& cluster_;
};

// Whether one of the faults says so of itself.
bool any_of(const std::vector<FaultRecord>& schedule, bool (Fault::*says)() const) {
  return std::any_of(schedule.begin(), schedule.end(), [says](const FaultRecord& entry) {
    return (make_fault(entry).get()->*says)();
  });
}

// What one run holds, and its steps in the order in which they are taken.
class Run {
 public:
  Run(const TestArguments& test, const Voice& voice, System& system, const RunDir& dir,
      const RunInfo& info, const std::vector<FaultRecord>& schedule)
      : test_(test),
        voice_(voice),
        system_(system),
        dir_(dir),
        info_(info),
        schedule_(schedule),
        workload_(WorkloadRegistry::instance().find("workload", test.workload).make(test.plugins)),
        board_(test.time_limit),
        progress_(voice.progress, voice.progress_interval, test.system + " x " + info.nemesis,
                  [this] { return board_.look(); }),
        live_(dir.file("live.json"), [this] { return board_.live(); }) {}

  int all() {
    Results results = results_of(info_);
    for (const std::string& gate : test_.gates) results.gates.push_back(parse_gate(gate));
    check_possible();
    {
      Lab lab(static_cast<int>(test_.nodes.size()), dir_.file("nodes"),
              {.data_on_tmpfs = test_.data == "tmpfs",
               .lossy_disks = needs_lossy_disks(),
               .seed = info_.seed});
      start_cluster(lab);
      record(lab, results);
    }
    return report(results);
  }

 private:
  bool needs_lossy_disks() const {
    return any_of(schedule_, &Fault::needs_lossy_disks) ||
           std::any_of(schedule_.begin(), schedule_.end(), [](const FaultRecord& fault) {
             return fault.on.event == "fsync" || fault.until.event == "fsync";
           });
  }

  void check_possible() const {
    if (const std::string why = FuseDisk::why_not(); needs_lossy_disks() && !why.empty())
      throw EnvironmentError("no disk can lose anything here: " + why +
                             "; ./clew doctor tells what is missing");
    std::set<std::string> checked;
    for (const FaultRecord& fault : schedule_)
      if (checked.insert(fault.fault).second) make_fault(fault)->check_possible();
  }

  void enter(const std::string& phase) {
    board_.phase(phase);
    progress_.event(phase);
  }

  void start_cluster(Lab& lab) {
    enter("starting the cluster");
    for (const Node& node : lab.nodes()) system_.start(lab, node);
    system_.await_ready(lab, Clock::now() + start_patience);
    // What is tested is the load, not a power cut in the middle of an installation.
    for (const Node& node : lab.nodes())
      if (Disk* disk = lab.disk(node)) disk->flush();
  }

  void record(Lab& lab, Results& results) {
    Conductor* nemesis = nullptr;
    LiveJudge judge(streams(),
                    [&](const Stream::Violation& violation) { alarm(lab, *nemesis, violation); });
    results.zero = std::chrono::system_clock::now().time_since_epoch();
    Recorder recorder(dir_.file("history.jsonl"), Clock::now(), [&](const Op& op) {
      judge.see(op);
      nemesis->events().told(op);
      live_.see(op);
    });
    Runner runner(seats(lab), recorder,
                  {.seed = info_.seed,
                   .op_timeout = test_.op_timeout,
                   .asks = any_of(schedule_, &Fault::asks_clients)});
    SeatAsker asker(runner, system_, lab);
    board_.attach(&runner.counts(), &recorder, &judge);
    Journal journal(dir_.file("schedule.jsonl"));
    Conductor conductor(
        {.cluster = lab, .system = system_, .asker = &asker}, schedule_, journal,
        [&] { return recorder.now(); }, info_.seed,
        [&](const FaultRecord& fault) { fault_changed(recorder, fault); });
    nemesis = &conductor;
    LeaderWatch leaders(
        lab, system_, [&] { return recorder.now(); },
        [&](const LeaderSpan& span) {
          conductor.events().leader(span);
          leader_changed(span);
        });
    std::optional<LogWatch> logs;
    if (conductor.events().wants_logs())
      logs.emplace(lab, [&](const std::string& node, const std::string& line) {
        conductor.events().log_line(node, line);
      });
    std::optional<FsyncWatch> fsyncs;
    if (conductor.events().wants_fsyncs())
      fsyncs.emplace(lab, [&](const std::string& node, const std::string& path) {
        conductor.events().fsync(node, path);
      });
    // The judge's alarm needs the conductor: it is silenced before that is gone.
    const std::unique_ptr<LiveJudge, void (*)(LiveJudge*)> silence(
        &judge, [](LiveJudge* judging) { judging->finish(); });
    enter("load");
    conductor.start();
    run_load(runner);
    if (ended_early()) keep_data(lab, results);
    enter("healing");
    for (const std::string& problem : conductor.stop_and_heal())
      results.warnings.push_back(problem);
    if (!recorder.failed() && !ended_early()) final_reads(lab, runner, recorder, results);
    results.leaders = leaders.stop();
    results.faults = conductor.records();
    recorder.finish();
    need_disks(lab);
    judge.finish();
    board_.attach(nullptr, nullptr, nullptr);
    if (!judge.trouble().empty())
      results.warnings.push_back("judging while the run went on ended early: " + judge.trouble());
    live_violation_ = judge.violation().has_value();
  }

  // A server whose disk went away failed by our doing, not by that of a fault.
  void need_disks(Lab& lab) const try {
    for (const Node& node : lab.nodes())
      if (Disk* disk = lab.disk(node)) disk->counts();
  } catch (const EnvironmentError& e) {
    throw EnvironmentError(std::string(e.what()) + "; what was recorded up to the end is kept: " +
                           shell_command({"./clew", "check", dir_.path().string()}));
  }

  std::vector<std::unique_ptr<Stream>> streams() const {
    std::vector<std::unique_ptr<Stream>> out;
    for (const auto& checker : workload_->checkers())
      if (auto stream = checker->stream()) out.push_back(std::move(stream));
    return out;
  }

  // On the judge's thread.
  void alarm(Lab& lab, Conductor& conductor, const Stream::Violation& violation) {
    board_.violation();
    progress_.event("VIOLATION" + (violation.key.empty() ? "" : " on key " + violation.key) +
                    ": no order explains the answers up to " + format_duration(violation.at));
    if (!test_.fail_fast) return;
    conductor.freeze();
    for (const Node& node : lab.nodes()) {
      try {
        lab.signal(node, SIGSTOP);
      } catch (const EnvironmentError&) {}  // It is down: nothing there to freeze.
    }
    end_load_.request_stop();
  }

  bool ended_early() const { return end_load_.stop_requested() && interrupts_.exit_code() == 0; }

  // The servers are stopped where they were: their files are as the violation left them.
  void keep_data(const Lab& lab, Results& results) {
    enter("keeping the nodes' data");
    for (const Node& node : lab.nodes()) {
      const auto to = dir_.path() / "nodes" / node.name / "data-at-violation";
      std::error_code error;
      std::filesystem::copy(
          lab.data_dir(node), to,
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks,
          error);
      if (error)
        results.warnings.push_back("the data of " + node.name +
                                   " could not be kept: " + error.message());
    }
    results.warnings.emplace_back(
        "ended at the first violation (--fail-fast): the servers were stopped at once; their data "
        "is in nodes/*/data-at-violation");
  }

  std::vector<Seat> seats(Lab& lab) {
    std::vector<Seat> seats;
    const auto nodes = lab.nodes();
    for (int w = 0; w < test_.concurrency; ++w) {
      const Node& node = nodes[static_cast<std::size_t>(w) % nodes.size()];
      seats.push_back({.node = node.name,
                       .connect = [this, &lab, &node] { return system_.connect(lab, node); }});
    }
    return seats;
  }

  void run_load(Runner& runner) {
    Gen load = workload_->generator(info_.seed);
    if (test_.rate > 0) load = stagger(test_.rate, std::move(load));
    load = time_limit(test_.time_limit, std::move(load));
    const std::stop_callback interrupted(interrupts_.load(), [this] { end_load_.request_stop(); });
    runner.run(*load, end_load_.get_token());
  }

  // What survived, asked of a healthy cluster. One that does not recover is a
  // finding of its own, and no reason to judge less of what was recorded.
  void final_reads(Lab& lab, Runner& runner, Recorder& recorder, Results& results) {
    try {
      system_.await_ready(lab, Clock::now() + recovery_patience);
    } catch (const EnvironmentError& e) {
      results.warnings.push_back("the cluster did not recover after everything was healed: " +
                                 std::string(e.what()));
      return;
    }
    if (interrupts_.exit_code() != 0) return;
    enter("final reads");
    const Gen reads = time_limit(recorder.now() + final_reads_limit, workload_->final_generator());
    runner.run(*reads, interrupts_.load());
  }

  void leader_changed(const LeaderSpan& span) {
    const std::string text = span.node + " (term " + std::to_string(span.term) + ")";
    board_.leader(text);
    progress_.event("leader " + text);
  }

  void fault_changed(Recorder& recorder, const FaultRecord& fault) {
    board_.fault(fault);
    Op op{.time = recorder.now(), .process = nemesis_process, .kind = Kind::info, .f = fault.fault};
    std::string state;
    if (!fault.error.empty()) {
      state = "error";
    } else if (fault.healed != never) {
      state = "healed";
    } else if (fault.verified) {
      state = "verified";
    } else if (fault.applied != never) {
      state = "applied";
    } else {
      return;  // Planned only: nothing happened yet.
    }
    op.value = Value::object(
        {{"id", fault.id}, {"state", state}, {"target", fault.target}, {"hit", fault.hit}});
    recorder.complete(op);
    if (state == "error") {
      progress_.event(fault.id + ": " + fault.error);
    } else if (state != "verified") {
      progress_.event(fault.id + " " + state + ": " + fault_label(fault));
    }
  }

  int report(Results& results) {
    enter("judging");
    HistoryFile file = read_history_file(dir_.file("history.jsonl"));
    results.check_command = shell_command({"./clew", "check", dir_.path().string()});
    if (interrupts_.exit_code() != 0) results.warnings.emplace_back("the run was interrupted");
    judge(results, History(std::move(file.ops)), *workload_, test_.check, interrupts_.judging());
    if (live_violation_ && results.outcome == Outcome::valid)
      throw HarnessError(
          "judged while it went on, the run had a violation; judged as a whole it has none; please "
          "report this with " +
          dir_.file("history.jsonl").string());
    // A violation is a violation, however the run ended.
    if (interrupts_.exit_code() != 0 && results.exit_code != 1)
      results.exit_code = interrupts_.exit_code();
    progress_.finish();
    return deliver(results, dir_, voice_);
  }

  const TestArguments& test_;
  const Voice& voice_;
  System& system_;
  const RunDir& dir_;
  const RunInfo& info_;
  const std::vector<FaultRecord>& schedule_;
  Interrupts interrupts_;  // Before any other thread.
  std::stop_source end_load_;
  bool live_violation_ = false;
  std::unique_ptr<Workload> workload_;
  Board board_;
  Progress progress_;
  LiveFile live_;
};

}  // namespace

int test_run(const TestArguments& test, const Voice& voice, System& system, const RunDir& dir,
             const RunInfo& info, const std::vector<FaultRecord>& schedule) {
  return Run(test, voice, system, dir, info, schedule).all();
}

}  // namespace clew
