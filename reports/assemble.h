#pragma once

#include <vector>

#include "harness/fault_record.h"
#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// From what was recorded to what is reported. Pure: the same input always
// gives the same results, so `clew report` can redo it at any time.

// Fills in "what happened" of `results`: tallies, errors, performance, faults,
// leaders. An operation is what a client invoked; one that never came back
// counts as info. Keeps what `results` says about the run and its verdicts.
void summarise(Results& results, const History& history, std::vector<FaultRecord> faults,
               std::vector<LeaderSpan> leaders);

// How often another node took over. A claim to an older term than one already
// seen is a deposed leader that has not noticed, not a change.
int count_leader_changes(const std::vector<LeaderSpan>& leaders);

// Fills in "what came out" from the verdicts and what summarise() found: the
// overall outcome, its cause, the sentence, the exit code, what was vacuous.
//
// A run in which nothing was tested must not pass: no operation, read or write
// that succeeded, or, if faults were asked for, none that took effect, turns
// `valid` into `unknown` with a cause that begins with "vacuous: ". It never
// hides a violation.
void conclude(Results& results, bool faults_were_asked_for);

}  // namespace clew
