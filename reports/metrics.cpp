#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/reporter.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : plain(text, 200)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 64> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

// `never` is infinitely long, so that an alert on a limit goes off.
double in_seconds(Nanos time) {
  return time == never ? HUGE_VAL : std::chrono::duration<double>(time).count();
}

// Families of samples in Prometheus' text format, 0.0.4, with the run's own labels on each.
class Exposition {
 public:
  explicit Exposition(Labels common) : common_(std::move(common)) {}

  void family(const std::string& name, const std::string& type, const std::string& help) {
    name_ = "clew_" + name;
    head_ = "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  // A family without any sample leaves no trace.
  void sample(const Labels& labels, double value, const std::string& suffix = "") {
    out_ += std::exchange(head_, "") + name_ + suffix + "{";
    std::string comma;
    for (const Labels* list : {static_cast<const Labels*>(&common_), &labels}) {
      for (const auto& [name, text] : *list) {
        out_ += comma + name + "=" + in_quotes(text);
        comma = ",";
      }
    }
    out_ += "} " + number(value) + "\n";
  }
  void alone(const std::string& name, const std::string& help, double value) {
    family(name, "gauge", help);
    sample({}, value);
  }
  std::string take() { return std::move(out_); }

 private:
  Labels common_;
  std::string name_, head_, out_;
};

void write_run(Exposition& to, const Results& results) {
  to.family("run_info", "gauge", "What was run; always 1.");
  to.sample({{"system_version", results.system_version}, {"clew_version", results.clew_version}},
            1);
  to.family("run_verdict", "gauge", "1 for the verdict of the run, 0 for the others.");
  for (const Outcome outcome : {Outcome::valid, Outcome::unknown, Outcome::invalid})
    to.sample({{"verdict", std::string(to_string(outcome))}}, results.outcome == outcome ? 1 : 0);
  to.alone("run_exit_code",
           "0 valid, 1 violation, 2 unknown, 3 gate failed, 4 environment, "
           "255 internal error.",
           results.exit_code);
  if (results.zero > Nanos{0})
    to.alone("run_end_timestamp_seconds", "When the last operation ended, since 1970.",
             in_seconds(results.zero + results.duration));
  to.alone("run_duration_seconds", "From the first invocation to the last completion.",
           in_seconds(results.duration));
}

void write_operations(Exposition& to, const Results& results) {
  to.family("operations", "gauge", "Operations of the run by function and outcome.");
  for (const auto& [f, tally] : results.by_function) {
    to.sample({{"f", f}, {"outcome", "ok"}}, static_cast<double>(tally.ok));
    to.sample({{"f", f}, {"outcome", "fail"}}, static_cast<double>(tally.fail));
    to.sample({{"f", f}, {"outcome", "info"}}, static_cast<double>(tally.info));
  }
  const Performance& perf = results.performance;
  if (results.ops.ok > 0) {
    to.family("operation_latency_seconds", "summary", "Latency of the operations that ended ok.");
    const std::array<std::pair<const char*, Nanos>, 4> quantiles{
        {{"0.5", perf.p50}, {"0.95", perf.p95}, {"0.99", perf.p99}, {"1", perf.max}}};
    for (const auto& [quantile, latency] : quantiles)
      to.sample({{"quantile", quantile}}, in_seconds(latency));
    to.sample({}, static_cast<double>(results.ops.ok), "_count");
    to.family("operation_latency_p99_seconds", "gauge",
              "The same, outside and inside of the faults that took effect.");
    if (perf.p99_quiet > Nanos{0}) to.sample({{"phase", "quiet"}}, in_seconds(perf.p99_quiet));
    if (perf.p99_fault > Nanos{0}) to.sample({{"phase", "fault"}}, in_seconds(perf.p99_fault));
  }
  to.alone("longest_outage_seconds", "The longest time without an operation that ended ok.",
           in_seconds(perf.longest_outage));
}

struct FaultStates {
  double planned = 0, applied = 0, proven = 0, healed = 0;
};

void write_faults(Exposition& to, const Results& results) {
  std::map<std::string, FaultStates> states;
  std::map<std::string, std::string> kinds;  // By id.
  for (const FaultRecord& fault : results.faults) {
    FaultStates& state = states[fault.fault];
    kinds[fault.id] = fault.fault;
    state.planned += 1;
    state.applied += fault.applied != never ? 1 : 0;
    state.proven += fault.verified ? 1 : 0;
    state.healed += fault.verified_healed ? 1 : 0;
  }
  to.family("faults", "gauge", "Faults by how far they came; proven: there is evidence.");
  for (const auto& [fault, state] : states) {
    const std::array<std::pair<const char*, double>, 4> counts{{{"planned", state.planned},
                                                                {"applied", state.applied},
                                                                {"proven", state.proven},
                                                                {"healed", state.healed}}};
    for (const auto& [name, count] : counts) to.sample({{"fault", fault}, {"state", name}}, count);
  }
  std::map<std::string, Nanos> slowest;
  for (const FaultImpact& impact : results.recovery.faults) {
    if (!impact.alone || !impact.tried_after_heal) continue;
    Nanos& worst = slowest[kinds[impact.id]];
    worst = std::max(worst, impact.recovered_after);
  }
  to.family("recovery_seconds", "gauge",
            "From a heal to progress, of the slowest; +Inf: there was none.");
  for (const auto& [fault, time] : slowest) to.sample({{"fault", fault}}, in_seconds(time));
  if (!results.leaders.empty())
    to.alone("leader_changes", "How often another node was seen to lead.", results.leader_changes);
}

void write_checks(Exposition& to, const Results& results) {
  std::map<std::string, double> times, anomalies;
  for (const Verdict& verdict : results.verdicts)
    times[verdict.checker] += in_seconds(verdict.check_time);
  for (const Counterexample* shown : counterexamples(results)) anomalies[shown->anomaly] += 1;
  to.family("check_seconds", "gauge", "How long a checker took.");
  for (const auto& [checker, time] : times) to.sample({{"checker", checker}}, time);
  to.family("anomalies", "gauge", "Counterexamples by class.");
  for (const auto& [name, count] : anomalies) to.sample({{"class", name}}, count);
  const KeyCount keys = key_count(results);
  if (keys.total > 0) {
    to.family("keys", "gauge", "Keys by verdict.");
    to.sample({{"verdict", "valid"}},
              static_cast<double>(keys.total - keys.invalid - keys.unknown));
    to.sample({{"verdict", "invalid"}}, static_cast<double>(keys.invalid));
    to.sample({{"verdict", "unknown"}}, static_cast<double>(keys.unknown));
  }
  std::map<std::string, double> gates;
  for (const Gate& gate : results.gates) gates[gate.text] = gate.held ? 1 : 0;
  to.family("gate_held", "gauge", "1 where a gate held.");
  for (const auto& [gate, held] : gates) to.sample({{"gate", gate}}, held);
}

// For node_exporter's folder of text files, or a Pushgateway. Neither seed nor key is a
// label: each would make a series of its own.
class Metrics : public Reporter {
 public:
  static constexpr std::string_view name = "metrics";
  static constexpr std::string_view summary = "for Prometheus: metrics.prom";
  static constexpr std::array<OptionSpec, 0> options{};
  explicit Metrics(const Options&) {}

  std::string_view file_name() const override { return "metrics.prom"; }

  std::string render(const Results& results) const override {
    Exposition to(
        {{"system", results.system}, {"workload", results.workload}, {"nemesis", results.nemesis}});
    write_run(to, results);
    write_operations(to, results);
    write_faults(to, results);
    write_checks(to, results);
    return to.take();
  }
};

const Register<Reporter, Metrics> registered;

}  // namespace
}  // namespace clew
