#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/history.h"
#include "reports/results.h"

namespace clew::samples {

// Results to render in tests. Made as a run makes them, by summarise() and
// conclude() from a history, faults and leaders; only the verdicts are written
// by hand, because no checker is under test here.

// A minute of a register on five nodes: 20 clients, 12 keys, about 12,000
// operations, slower and partly of unknown outcome during two faults. Always the same.
History register_history();
std::vector<FaultRecord> three_faults();  // partition, kill, pause: all took effect.
std::vector<LeaderSpan> split_leaders();  // n1 claims term 1 until 18 s, n3 leads from 11 s.
Counterexample stale_read();              // Three calls during the partition.
Counterexample lost_update();             // Overlapping calls, one of unknown outcome, a cas.

Results valid();
Results invalid();         // stale_read() on key k17, split brain.
Results unknown();         // Time limit on two keys.
Results vacuous();         // The one fault that was asked for never took effect.
Results internal_error();  // A checker broke.
Results many_failing();    // 14 failing keys.
Results empty();           // No operation at all.
Results one_operation();
Results nothing_known();  // Every operation is info.
Results long_window();    // A counterexample of 300 calls that is not minimal.

// What a hostile system under test, or a hostile operator, would try, in every
// text that there is.
std::string hostile_text();
Results hostile();

// All of the above by name; made once.
const std::vector<std::pair<std::string, Results>>& all();

// What was recorded in the run of that name.
History history_of(const std::string& name);

}  // namespace clew::samples
