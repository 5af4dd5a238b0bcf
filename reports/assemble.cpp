#include "reports/assemble.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "reports/performance.h"
#include "reports/recovery.h"
#include "reports/story.h"
#include "reports/verbs.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_errors = 50;

void count(Tally& tally, Kind kind) {
  if (kind == Kind::ok) ++tally.ok;
  if (kind == Kind::fail) ++tally.fail;
  if (kind == Kind::info) ++tally.info;
}

// The most frequent ones; the rest in one line, so that the sum stays true.
std::map<std::string, std::uint64_t> most_frequent(std::map<std::string, std::uint64_t> errors) {
  if (errors.size() <= most_errors) return errors;
  std::vector<std::pair<std::string, std::uint64_t>> order(errors.begin(), errors.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::map<std::string, std::uint64_t> kept(order.begin(), order.begin() + (most_errors - 1));
  std::uint64_t rest = 0;
  for (std::size_t i = most_errors - 1; i < order.size(); ++i) rest += order[i].second;
  kept["(" + counted(order.size() - (most_errors - 1), "other text") + ")"] += rest;
  return kept;
}

// The tallies of names as they are shown. Names are few and come again and again:
// the latest are found without being made fit to be shown each time.
class Tallies {
 public:
  explicit Tallies(std::map<std::string, Tally>& tallies) : tallies_(tallies) {}

  Tally& of(const std::string& name) {
    for (const auto& [known, tally] : recent_)
      if (known == name) return *tally;
    Tally& tally = tallies_[plain(name, 60)];
    if (recent_.size() < most_recent) recent_.emplace_back(name, &tally);
    return tally;
  }

 private:
  static constexpr std::size_t most_recent = 8;
  std::map<std::string, Tally>& tallies_;
  std::vector<std::pair<std::string, Tally*>> recent_{};
};

void find_vacuous(Results& results, bool faults_were_asked_for) {
  results.vacuous.clear();
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  for (const auto& [f, tally] : results.by_function) {
    if (shows(f)) read += tally.ok;
    if (changes(f)) written += tally.ok;
  }
  if (results.ops.total() == 0) {
    results.vacuous.push_back("no operation was invoked");
  } else if (results.ops.ok == 0) {
    results.vacuous.push_back("no operation succeeded");
  } else {
    if (read == 0) results.vacuous.push_back("no read succeeded");
    if (written == 0) results.vacuous.push_back("no write succeeded");
  }
  const bool some_fault = std::any_of(results.faults.begin(), results.faults.end(),
                                      [](const FaultRecord& fault) { return fault.verified; });
  if (faults_were_asked_for && !some_fault) results.vacuous.push_back("no fault took effect");
}

void warn(Results& results, std::string text) {
  if (std::find(results.warnings.begin(), results.warnings.end(), text) == results.warnings.end())
    results.warnings.push_back(std::move(text));
}

void warn_of_faults(Results& results) {
  for (const FaultCount& count : fault_counts(results)) {
    const std::string planned = " (planned " + counted(count.planned, "time") + ")";
    if (count.verified == 0) {
      warn(results,
           plain(count.fault, 60) + " never took effect: of it this run says nothing" + planned);
    } else if (count.verified < count.planned) {
      warn(results, plain(count.fault, 60) + " took effect only " +
                        counted(count.verified, "time") + planned);
    }
    if (count.not_healed > 0)
      warn(results,
           plain(count.fault, 60) + " was not seen healed " + counted(count.not_healed, "time"));
  }
  const bool leader_hit = std::any_of(
      results.faults.begin(), results.faults.end(),
      [](const FaultRecord& fault) { return fault.verified && fault.target == "leader"; });
  if (leader_hit && !results.leaders.empty() && results.leader_changes == 0)
    warn(results, "faults hit the leader, but nobody else was seen to take over");
}

bool internal_error(const std::string& cause) { return cause.starts_with("internal error"); }

// The cause of an unknown: an error of our own first, it needs mending first.
std::string cause_of_unknown(const Results& results) {
  std::string cause;
  for (const Verdict& verdict : results.verdicts) {
    if (verdict.outcome != Outcome::unknown) continue;
    if (internal_error(verdict.cause)) return verdict.cause;
    if (cause.empty()) cause = verdict.cause.empty() ? verdict.reason : verdict.cause;
  }
  if (results.verdicts.empty()) return "nothing was checked";
  return cause.empty() ? "the checker gave no cause" : cause;
}

std::string advice(const std::string& cause) {
  const auto has = [&](std::string_view word) { return cause.find(word) != std::string::npos; };
  if (has("vacuous: no fault"))
    return "see the faults' evidence, and run longer or with a shorter --nemesis-interval";
  if (has("vacuous"))
    return "see the errors; the cluster may not have answered, or the run was too short";
  if (has("time limit")) return "raise --check-timeout, or lower --concurrency or --ops-per-key";
  if (has("memory")) return "raise --check-memory, or lower --concurrency or --ops-per-key";
  if (has("interrupted")) return "run it again to the end, or check what was recorded";
  if (internal_error(cause))
    return "this is a bug in clew, not in the system under test; please report it with the history";
  return "";
}

std::string check_summary(const Results& results) {
  Nanos time{};
  bool exact = !results.verdicts.empty();
  for (const Verdict& verdict : results.verdicts) {
    time += verdict.check_time;
    exact = exact && verdict.exact;
  }
  return std::string(exact ? "checked exactly" : "checked, not exactly,") + " in " +
         format_duration(time);
}

std::string covered(const Results& results) {
  std::string out = counted(results.ops.total(), "operation");
  const KeyCount keys = key_count(results);
  if (keys.total > 0) out += " on " + counted(keys.total, "key");
  const auto verified = static_cast<std::uint64_t>(
      std::count_if(results.faults.begin(), results.faults.end(),
                    [](const FaultRecord& fault) { return fault.verified; }));
  out +=
      results.faults.empty() ? ", no faults" : ", " + counted(verified, "fault") + " took effect";
  if (!results.leaders.empty())
    out += ", " + counted(static_cast<std::uint64_t>(results.leader_changes), "leader change");
  return out + ", " + check_summary(results);
}

std::string violation(const Results& results) {
  const auto shown = counterexamples(results);
  if (!shown.empty()) {
    std::string sentence = plain(shown.front()->sentence, 600);
    if (sentence.empty())
      sentence = "No order of the operations on key " + plain(shown.front()->key, 60) +
                 " explains what the clients saw.";
    const std::string around = circumstances(results, *shown.front());
    return around.empty() ? sentence : sentence + " " + around;
  }
  for (const Verdict& verdict : results.verdicts)
    if (verdict.outcome == Outcome::invalid && !verdict.reason.empty())
      return plain(verdict.reason, 600);
  return "No order of the operations explains what the clients saw.";
}

bool all_hold(const std::vector<Gate>& gates) {
  return std::all_of(gates.begin(), gates.end(), [](const Gate& gate) { return gate.held; });
}

std::string gate_sentence(const std::vector<Gate>& gates) {
  std::string out;
  for (const Gate& gate : gates)
    if (!gate.held)
      out += (out.empty() ? " Gate failed: " : "; ") + gate.text + ", but " + gate.measured;
  return out.empty() ? out : out + ".";
}

// How far an unknown check got, and what to change.
std::string undecided(const Results& results) {
  static constexpr std::string_view hollow = "vacuous: ";
  const bool vacuous = results.cause.starts_with(hollow);
  std::string out = vacuous ? "Nothing was really tested: " : "Not decided: ";
  out += plain(results.cause.substr(vacuous ? hollow.size() : 0), 300) + ".";
  const KeyCount keys = key_count(results);
  if (keys.unknown > 0)
    out += " " + grouped(keys.total - keys.unknown) + " of " + counted(keys.total, "key") +
           " are decided.";
  std::string next = advice(results.cause);
  if (next.empty()) return out;
  next.front() = static_cast<char>(next.front() - ('a' <= next.front() ? 'a' - 'A' : 0));
  return out + " " + next + ".";
}

}  // namespace

int count_leader_changes(const std::vector<LeaderSpan>& leaders) {
  std::vector<LeaderSpan> spans = leaders;
  std::stable_sort(spans.begin(), spans.end(), [](const LeaderSpan& a, const LeaderSpan& b) {
    return std::pair(a.from, a.term) < std::pair(b.from, b.term);
  });
  int changes = 0;
  const LeaderSpan* current = nullptr;
  for (const LeaderSpan& span : spans) {
    if (current != nullptr && span.term < current->term) continue;
    if (current != nullptr && span.node != current->node) ++changes;
    current = &span;
  }
  return changes;
}

void summarise(Results& results, const History& history, std::vector<FaultRecord> faults,
               std::vector<LeaderSpan> leaders) {
  results.faults = std::move(faults);
  results.leaders = std::move(leaders);
  results.leader_changes = count_leader_changes(results.leaders);
  results.ops = {};
  results.by_function.clear();
  results.by_node.clear();
  std::map<std::string, std::uint64_t> errors;
  Tallies by_function(results.by_function), by_node(results.by_node);
  const auto ops = history.ops();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].process < 0 || ops[i].kind != Kind::invoke) continue;
    const std::size_t end = history.completion(i);
    const Kind kind = end == History::none ? Kind::info : ops[end].kind;
    count(results.ops, kind);
    count(by_function.of(ops[i].f), kind);
    if (!ops[i].node.empty()) count(by_node.of(ops[i].node), kind);
    if (kind == Kind::ok) continue;
    std::string why = end == History::none ? "never came back" : plain(ops[end].error);
    if (why.empty()) why = "(no text)";
    ++errors[why];
  }
  results.errors = most_frequent(std::move(errors));
  const Stretch run = stretch(history);
  results.duration = run.to - run.from;
  results.performance = measure(history, results.faults);
  results.recovery = measure_recovery(history, results.faults, results.nodes.size());
}

void conclude(Results& results, bool faults_were_asked_for) {
  results.outcome = results.verdicts.empty() ? Outcome::unknown : Outcome::valid;
  for (const Verdict& verdict : results.verdicts)
    results.outcome = std::max(results.outcome, verdict.outcome);
  find_vacuous(results, faults_were_asked_for);
  warn_of_faults(results);
  results.cause = results.outcome == Outcome::unknown ? cause_of_unknown(results) : "";
  if (results.outcome == Outcome::valid && !results.vacuous.empty()) {
    results.outcome = Outcome::unknown;
    results.cause = "vacuous: ";
    for (std::size_t i = 0; i < results.vacuous.size(); ++i)
      results.cause += (i > 0 ? ", " : "") + results.vacuous[i];
  }
  measure_gates(results);
  switch (results.outcome) {
    case Outcome::valid:
      results.exit_code = all_hold(results.gates) ? 0 : 3;
      results.sentence = covered(results) + "." + gate_sentence(results.gates);
      break;
    case Outcome::invalid:
      results.exit_code = 1;
      results.sentence = violation(results);
      break;
    case Outcome::unknown:
      results.exit_code = internal_error(results.cause) ? 255 : 2;
      results.sentence = undecided(results);
      break;
  }
}

}  // namespace clew
