#pragma once

#include <concepts>
#include <string>

#include "reports/fingerprint.h"
#include "reports/results.h"

namespace clew {

// A type is described once, by fields(archive, value); a Writer and a Reader
// walk the same description, so what is written is what is read.
template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <class A, Is<Tally> T>
void fields(A& a, T& t) {
  a.derived("total", [&] { return t.total(); });
  a("ok", t.ok);
  a("fail", t.fail);
  a("info", t.info);
}

template <class A, Is<TimeBin> T>
void fields(A& a, T& t) {
  a("from_ns", t.from);
  a("to_ns", t.to);
  a("ops", t.ops);
  a("p50_ns", t.p50);
  a("p95_ns", t.p95);
  a("p99_ns", t.p99);
  a("max_ns", t.max);
}

template <class A, Is<Performance> T>
void fields(A& a, T& t) {
  a("p50_ns", t.p50);
  a("p95_ns", t.p95);
  a("p99_ns", t.p99);
  a("max_ns", t.max);
  a("p99_quiet_ns", t.p99_quiet);
  a("p99_fault_ns", t.p99_fault);
  a("longest_outage_ns", t.longest_outage);
  a("outage_from_ns", t.outage_from);
  a("ok_per_second", t.ok_per_second);
  a("bins", t.bins);
}

template <class A, Is<ShownCall> T>
void fields(A& a, T& t) {
  a("index", t.index);
  a("process", t.process);
  a("node", t.node);
  a("f", t.f);
  a("text", t.text);
  a("invoked_ns", t.invoked);
  a("returned_ns", t.returned);
  a("outcome", t.outcome);
}
template <class A, Is<Step> T>
void fields(A& a, T& t) {
  a("call", t.call);
  a("state", t.state);
}
template <class A, Is<Blocked> T>
void fields(A& a, T& t) {
  a("call", t.call);
  a("reason", t.reason);
}
template <class A, Is<LegalOrder> T>
void fields(A& a, T& t) {
  a("order", t.order);
  a("blocked", t.blocked);
}

template <class A, Is<Counterexample> T>
void fields(A& a, T& t) {
  a("key", t.key);
  a("class", t.anomaly);
  a("sentence", t.sentence);
  a("let_then", t.let_then);
  a("minimal", t.minimal);
  a("calls_in_key", t.calls_in_key);
  a("calls", t.calls);
  a("order", t.order);
  a("blocked", t.blocked);
  a("other_orders", t.other_orders);
}

template <class A, Is<Guarantee> T>
void fields(A& a, T& t) {
  a("name", t.name);
  a("verdict", t.outcome);
  a.nullable("reason", t.reason);
  a.nullable("key", t.key);
}
template <class A, Is<StaleReads> T>
void fields(A& a, T& t) {
  a("node", t.node);
  a("reads", t.reads);
  a("stale", t.stale);
  a("median_ns", t.median);
  a("worst_ns", t.worst);
}
template <class A, Is<Staleness> T>
void fields(A& a, T& t) {
  a("all", t.all);
  a("nodes", t.nodes);
}
template <class A, Is<Classification> T>
void fields(A& a, T& t) {
  a("f", t.f);
  a("error", t.error);
  a("calls", t.calls);
  a("ops", t.ops);
}

template <class A, Is<Audit> T>
void fields(A& a, T& t) {
  a("keys", t.keys);
  a("resting", t.resting);
  a("undecided", t.undecided);
  a("whole", t.whole);
  a("needed", t.needed);
  a.nullable("cause", t.cause);
}

template <class A, Is<KeyVerdict> T>
void fields(A& a, T& t) {
  a("key", t.key);
  a("verdict", t.outcome);
  a.nullable("cause", t.cause);
  a("engine", t.engine);
  a("calls", t.calls);
  a("unknown_calls", t.unknown_calls);
  a("max_concurrency", t.max_concurrency);
  a("check_ns", t.check_time);
  a("configurations", t.configurations);
  a.nullable("still_holds", t.still_holds);
}

template <class A, Is<Verdict> T>
void fields(A& a, T& t) {
  a("name", t.checker);
  a("verdict", t.outcome);
  a.nullable("cause", t.cause);
  a("reason", t.reason);
  a("model", t.model);
  a("exact", t.exact);
  a("check_ns", t.check_time);
  a("dropped_calls", t.dropped_calls);
  a("anomalies", t.counterexamples);
  a("still_holds", t.guarantees);
  a.optional("staleness", t.staleness);
  a.optional("rests_on", t.audit);
  a("keys", t.keys);
}

template <class A, Is<FaultRecord> T>
void fields(A& a, T& t) {
  a("id", t.id);
  a("fault", t.fault);
  a("kind", t.kind);
  a("target", t.target);
  a("cause", t.cause);
  a("due_ns", t.due);
  a("leader", t.leader);
  a("planned_ns", t.planned);
  a("planned_heal_ns", t.planned_heal);
  a("applied_ns", t.applied);
  a("healing_ns", t.healing);
  a("healed_ns", t.healed);
  a("hit", t.hit);
  a("verified", t.verified);
  a("evidence", t.evidence);
  a("verified_healed", t.verified_healed);
  a("heal_evidence", t.heal_evidence);
  a("error", t.error);
}

template <class A, Is<FaultImpact> T>
void fields(A& a, T& t) {
  a("id", t.id);
  a("progress_after_ns", t.progress_after);
  a("recovered_after_ns", t.recovered_after);
  a("tried_after_heal", t.tried_after_heal);
  a("alone", t.alone);
}

template <class A, Is<Recovery> T>
void fields(A& a, T& t) {
  a("faults", t.faults);
  a("minority_down", t.minority_down);
  a("majority_down", t.majority_down);
  a("broken_claims", t.broken_claims);
}

template <class A, Is<Gate> T>
void fields(A& a, T& t) {
  a("text", t.text);
  a("name", t.name);
  a("limit_ns", t.limit);
  a("held", t.held);
  a("measured", t.measured);
}

template <class A, Is<LeaderSpan> T>
void fields(A& a, T& t) {
  a("node", t.node);
  a("term", t.term);
  a("from_ns", t.from);
  a("to_ns", t.to);
}

inline std::size_t keys_with(const Results& r, Outcome outcome) {
  std::size_t count = 0;
  for (const Verdict& verdict : r.verdicts)
    for (const KeyVerdict& key : verdict.keys) count += key.outcome == outcome ? 1 : 0;
  return count;
}

template <class A, Is<Results> T>
void what_was_run(A& a, T& t) {
  a("system", t.system);
  a("system_version", t.system_version);
  a("workload", t.workload);
  a("nemesis", t.nemesis);
  a("seed", t.seed);
  a("nodes", t.nodes);
  a("concurrency", t.concurrency);
  a("time_limit_ns", t.time_limit);
  a("started", t.started);
  a("zero_ns", t.zero);
  a("clew_version", t.clew_version);
  a("environment", t.environment);
  a("repeat", t.repeat_command);
  a("check", t.check_command);
}

template <class A, Is<Results> T>
void fields(A& a, T& t) {
  a("verdict", t.outcome);
  a.nullable("cause", t.cause);
  a("sentence", t.sentence);
  a.derived("fingerprints", [&] { return fingerprints(t); });
  a("exit", t.exit_code);
  a.derived("job", [&] { return job_name(t); });
  what_was_run(a, t);
  a("duration_ns", t.duration);
  a("ops", t.ops);
  a("by_function", t.by_function);
  a("by_node", t.by_node);
  a("errors", t.errors);
  a.group("keys", [&](auto& keys) {
    keys.derived("valid", [&] { return keys_with(t, Outcome::valid); });
    keys.derived("invalid", [&] { return keys_with(t, Outcome::invalid); });
    keys.derived("unknown", [&] { return keys_with(t, Outcome::unknown); });
  });
  a("checkers", t.verdicts);
  a("faults", t.faults);
  a("leaders", t.leaders);
  a.group("coverage", [&](auto& coverage) {
    coverage("leader_changes", t.leader_changes);
    coverage("vacuous", t.vacuous);
  });
  a("warnings", t.warnings);
  a("perf", t.performance);
  a("recovery", t.recovery);
  a("gates", t.gates);
  a("files", t.files);
}

}  // namespace clew
