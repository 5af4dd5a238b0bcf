#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkers/verdict.h"
#include "harness/fault_record.h"

namespace clew {

// How many operations ended how.
struct Tally {
  std::uint64_t ok = 0, fail = 0, info = 0;
  std::uint64_t total() const { return ok + fail + info; }
};

// One stretch of the run. Charts draw these; percentiles are of ok operations, 0 where there are
// none.
struct TimeBin {
  Nanos from{}, to{};
  Tally ops{};
  Nanos p50{}, p95{}, p99{}, max{};
};

struct Performance {
  std::vector<TimeBin> bins{};  // At most 120, all of one width.
  Nanos p50{}, p95{}, p99{}, max{};
  Nanos p99_quiet{}, p99_fault{};  // Outside and inside of verified faults.
  Nanos longest_outage{};          // Longest time without an ok completion.
  Nanos outage_from{};
  double ok_per_second = 0;
};

// How fast there was progress again around one fault; `never`: there was none.
struct FaultImpact {
  std::string id{};
  Nanos progress_after = never;   // Since it was applied, while it was in force.
  Nanos recovered_after = never;  // Since it was healed.
  bool tried_after_heal = false;  // Otherwise nothing can be said about recovery.
  bool alone = false;             // No other fault was in force until then.
};

struct Recovery {
  std::vector<FaultImpact> faults{};
  // Stretches that tested the claim (n-1)/2, and how it was broken.
  std::uint64_t minority_down = 0, majority_down = 0;
  std::vector<std::string> broken_claims{};
};

// A condition on the figures of a run: "recovery<10s".
struct Gate {
  std::string text{};  // As typed.
  std::string name{};
  Nanos limit{};
  bool held = false;
  std::string measured{};
};

// Everything that a report says. results.json is this, and every other report
// is rendered from it and from nothing else.
struct Results {
  // What was run.
  std::string system{};  // "etcd"; empty for a foreign history.
  std::string system_version{};
  std::string workload{};
  std::string nemesis{};  // As given on the command line: "partition,kill:leader".
  std::uint64_t seed = 0;
  std::vector<std::string> nodes{};
  int concurrency = 0;
  Nanos time_limit{};
  std::string started{};  // UTC stamp.
  Nanos zero{};  // What the wall clock said at time 0 of the run, since 1970; 0: not known.
  std::string clew_version{};
  std::vector<std::pair<std::string, std::string>>
      environment{};             // "kernel" -> "6.18", for people.
  std::string repeat_command{};  // Runs the same plan again.
  std::string check_command{};   // Judges the recorded history again, no cluster needed.

  // What came out.
  Outcome outcome = Outcome::unknown;
  std::string cause{};  // Of unknown: "time limit", "vacuous: no fault took effect", "interrupted".
  std::string sentence{};  // The verdict in one sentence.
  int exit_code = 2;
  std::vector<Verdict> verdicts{};
  std::vector<std::string> vacuous{};  // What was asked for and did not happen.
  std::vector<std::string> warnings{};

  // What happened.
  Nanos duration{};  // From the first invocation to the last completion.
  Tally ops{};
  std::map<std::string, Tally> by_function{};
  std::map<std::string, Tally> by_node{};
  std::map<std::string, std::uint64_t> errors{};  // By text, most frequent 50.
  std::vector<FaultRecord> faults{};
  std::vector<LeaderSpan> leaders{};
  int leader_changes = 0;
  Performance performance{};
  Recovery recovery{};
  std::vector<Gate> gates{};
  std::map<std::string, std::string>
      files{};  // Name in the run's folder -> "sha256:...", where known.
};

// results.json, "schema":"clew.results/1". Reading throws UsageError with what is wrong and where.
std::string results_to_json(const Results& results);
Results results_from_json(const std::string& text);

}  // namespace clew
