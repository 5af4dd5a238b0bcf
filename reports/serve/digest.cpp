#include "reports/serve/digest.h"

#include <algorithm>

namespace clew {
namespace {

void note_recovery(Digest& run, const Recovery& recovery) {
  for (const FaultImpact& fault : recovery.faults) {
    if (!fault.tried_after_heal) continue;
    if (fault.recovered_after == never) {
      run.recovered = false;
    } else {
      run.recovery = run.recovery == never ? fault.recovered_after
                                           : std::max(run.recovery, fault.recovered_after);
    }
  }
}

}  // namespace

Digest digest_of(const Results& results) {
  Digest run{.state = Digest::State::finished,
             .system = results.system,
             .version = results.system_version,
             .workload = results.workload,
             .nemesis = results.nemesis,
             .started = results.started,
             .seed = results.seed,
             .stands = standing(results),
             .words = verdict_words(results),
             .sentence = results.sentence,
             .operations = results.ops.total(),
             .duration = results.duration,
             .p99 = results.performance.p99};
  for (const Gate& gate : results.gates) {
    run.gates.push_back(gate.text);
    if (!gate.held) run.gates_failed.push_back(gate.text);
  }
  note_recovery(run, results.recovery);
  return run;
}

std::string_view verdict_name(const Digest& run) {
  switch (run.state) {
    case Digest::State::running: return "running";
    case Digest::State::incomplete: return "incomplete";
    case Digest::State::damaged: return "damaged";
    case Digest::State::finished: break;
  }
  switch (run.stands) {
    case Standing::pass: return "valid";
    case Standing::violation: return "violation";
    case Standing::unknown: return "unknown";
    case Standing::error: break;
  }
  return "error";
}

}  // namespace clew
