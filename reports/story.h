#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/results.h"

namespace clew {

// What faults and leaders have to do with a counterexample: the sentences that
// the banner, the text summary and the pages share.

// "partition {n1,n2}|{n3,n4,n5}", "kill n2"; the planned target where nothing was hit.
std::string fault_label(const FaultRecord& fault);

// Whether it certainly was in force at some time between `from` and `to`, both included.
bool in_force(const FaultRecord& fault, Nanos from, Nanos to);

// Two leaderships of different nodes, seen at the same time. `older` has the lower term.
struct Overlap {
  LeaderSpan older{}, newer{};
  Nanos from{}, to{};
};
std::vector<Overlap> overlaps(const std::vector<LeaderSpan>& leaders);

// From the first invocation to the last known return or, if later, the last invocation.
std::pair<Nanos, Nanos> window(const Counterexample& shown);

// "During partition {n1,n2}|{n3,n4,n5} (10.0–18.0 s); n1 claimed to lead term 1 while n3 led
// term 2." Empty where there was neither a fault nor a leader.
std::string circumstances(const Results& results, const Counterexample& shown);

// "a stale read", "an aborted read": the class of the anomaly, for people.
std::string an_anomaly(const Counterexample& shown);

// "client 5": who made a call.
std::string client_name(const ShownCall& call);

// Whether this call fits nowhere; the reason, or nullptr.
const Blocked* blocked_at(const Counterexample& shown, std::size_t call);

// Every counterexample of every checker, in their order.
std::vector<const Counterexample*> counterexamples(const Results& results);

// Totals over all checkers that judge by key.
struct KeyCount {
  std::size_t total = 0, invalid = 0, unknown = 0;
};
KeyCount key_count(const Results& results);

// Faults of one kind: how many were planned and how many took effect.
struct FaultCount {
  std::string fault{};
  std::size_t planned = 0, verified = 0, not_healed = 0;
};
std::vector<FaultCount> fault_counts(const Results& results);

// Which calls of a long counterexample to show: at most `limit`, around the last one that is
// blocked. [first, last).
std::pair<std::size_t, std::size_t> shown_range(const Counterexample& shown, std::size_t limit);

}  // namespace clew
