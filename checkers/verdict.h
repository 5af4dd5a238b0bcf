#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/clock.h"
#include "harness/op.h"

namespace clew {

// Ordered by gravity, so that several verdicts merge with std::max.
enum class Outcome : std::uint8_t { valid, unknown, invalid };

std::string_view to_string(Outcome outcome);

// One call of a counterexample, as it is to be drawn.
struct ShownCall {
  std::int64_t index = -1;  // Of its invocation in the history file.
  std::int64_t process = 0;
  std::string node{};
  std::string f{};
  std::string text{};  // "write 7", "read -> 7", "cas 3 -> 4: refused"
  Nanos invoked{};
  Nanos returned = Nanos::max();  // max: it never came back, or its outcome is unknown.
  Kind outcome = Kind::ok;        // ok, fail (refused cas) or info.
};

// One step of a legal order: which call, and the state after it.
struct Step {
  std::size_t call = 0;  // Into Counterexample::calls.
  std::string state{};   // "7", "nil"
};

// A call that cannot come next, and why.
struct Blocked {
  std::size_t call = 0;
  std::string reason{};  // "needs 7, but the register holds 8"
};

// How far one order comes, and why no call that is left can follow.
struct LegalOrder {
  std::vector<Step> order{};
  std::vector<Blocked> blocked{};
};

// The smallest part of a key's history that no order explains.
struct Counterexample {
  std::string key{};
  std::string anomaly{};  // "stale-read", "never-written", "lost-update", "non-monotonic-read", ...
  std::string sentence{};               // One sentence a tired person understands.
  std::vector<std::string> let_then{};  // Lines of the "Let T1 = ... Then ..." argument.
  std::vector<ShownCall> calls{};       // In order of invocation.
  std::vector<Step> order{};            // The longest legal order of these calls.
  std::vector<Blocked> blocked{};       // Every call that is left, and why it does not fit.
  // Orders as long that leave out other calls or end in another state; at most 9.
  std::vector<LegalOrder> other_orders{};
  bool minimal = false;          // No smaller window shows the same anomaly; proven.
  std::size_t calls_in_key = 0;  // Before it was made smaller.
};

// A promise weaker than linearizability: valid, it is kept; invalid, it is broken.
struct Guarantee {
  std::string name{};  // "sequential consistency", "monotonic reads", ... (see weaker.h)
  Outcome outcome = Outcome::valid;
  std::string reason{};  // Of invalid: the calls that show it. Of unknown: the cause.
  std::string key{};     // Where; the first of several keys.
};

// How many ok reads returned a value that had certainly been overwritten before
// they were invoked, and how long before at least.
struct StaleReads {
  std::string node{};  // Empty: of all nodes.
  std::uint64_t reads = 0, stale = 0;
  Nanos median{}, worst{};  // Of the stale ones; 0 where there are none.
};

struct Staleness {
  StaleReads all{};
  std::vector<StaleReads> nodes{};  // Those with a stale read, the most of them first.
};

// Failures of one kind that were taken as definite.
struct Classification {
  std::string f{};
  std::string error{};
  std::uint64_t calls = 0;
  std::vector<std::int64_t> ops{};  // Their invocations in the history file, at most 20.
};

// Whether an invalid verdict rests on failures that were taken as definite: on
// keys that make sense as soon as these count as unknown. A note beside the
// verdict, which stands.
struct Audit {
  std::size_t keys = 0;       // Judged again: those that are invalid and have such failures.
  std::size_t resting = 0;    // Of these, valid then.
  std::size_t undecided = 0;  // Of these, nobody knows.
  bool whole = false;         // All invalid keys rest on them: so does the verdict.
  std::vector<Classification> needed{};  // Enough to make the resting keys valid.
  std::string cause{};                   // Of undecided, or why fewer may do: "time limit", ...
};

struct KeyVerdict {
  std::string key{};
  Outcome outcome = Outcome::valid;
  std::string cause{};   // Of unknown: "time limit", "memory limit", "interrupted".
  std::string engine{};  // "zones", "lazy", "frontier"
  std::size_t calls = 0;
  std::size_t unknown_calls = 0;
  std::size_t max_concurrency = 0;
  Nanos check_time{};
  std::uint64_t configurations = 0;  // Explored; 0 for polynomial deciders.
  // Of invalid and unknown keys of a register: the strongest promise that is certainly kept, or
  // several; "none" where none is.
  std::string still_holds{};
};

// What others can check again without trusting the search.
struct KeyProof {
  std::string key{};
  Outcome outcome = Outcome::valid;
  std::string cause{};  // Of unknown.
  // Events of invocations. Valid: every call that took effect, in an order that explains all;
  // invalid: a few calls that have no order.
  std::vector<std::int64_t> calls{};
};

struct Verdict {
  std::string checker{};  // "linearizable", "stats"
  Outcome outcome = Outcome::valid;
  std::string cause{};   // Of unknown.
  std::string reason{};  // One sentence.
  std::string model{};   // "cas-register"; empty where there is none.
  bool exact = true;
  Nanos check_time{};
  std::vector<KeyVerdict> keys{};
  std::vector<Counterexample>
      counterexamples{};           // At most `Limits::counterexamples`, the shortest first.
  std::vector<KeyProof> proofs{};  // As `keys`; empty without Limits::proofs.
  std::size_t dropped_calls = 0;   // Not judged because they cannot matter; see reason.
  // Of invalid registers only.
  std::vector<Guarantee> guarantees{};  // What still holds on every key.
  std::optional<Staleness> staleness{};
  std::optional<Audit> audit{};
};

}  // namespace clew
