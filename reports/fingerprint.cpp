#include "reports/fingerprint.h"

#include <algorithm>
#include <set>

#include "reports/story.h"

namespace clew {
namespace {

// A part of a fingerprint: letters, digits and what else cannot be mistaken for a separator.
std::string part(std::string_view text) {
  static constexpr std::string_view kept =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+._";
  std::string out;
  for (const char c : text.substr(0, 60)) out += kept.find(c) == std::string_view::npos ? '-' : c;
  return out.empty() ? "-" : out;
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : "+") + name;
  return out;
}

std::string kind_of(const FaultRecord& fault) {
  return fault.kind.empty() ? fault.fault : fault.fault + "." + fault.kind;
}

std::string faults_around(const Results& results, const Counterexample& shown) {
  const auto [from, to] = window(shown);
  std::set<std::string> kinds;
  const FaultRecord* before = nullptr;
  for (const FaultRecord& fault : results.faults) {
    if (fault.fault == "ask" || !fault.verified || fault.applied == never) continue;
    if (in_force(fault, from, to)) kinds.insert(kind_of(fault));
    if (fault.healed < from && (before == nullptr || fault.healed > before->healed))
      before = &fault;
  }
  if (!kinds.empty()) return joined(kinds);
  return before == nullptr ? "quiet" : kind_of(*before);
}

std::string class_of(const Counterexample& shown) {
  if (!shown.anomaly.empty() && shown.anomaly != "non-linearizable") return shown.anomaly;
  std::set<std::string> functions;
  for (const ShownCall& call : shown.calls) functions.insert(call.f);
  return "unnamed-" + joined(functions);
}

// Whatever is wrong has its own: one that is known must not hide another.
// "vacuous: no read succeeded" -> "unknown-vacuous"
std::string class_of_unknown(const std::string& cause) {
  return "unknown-" + (cause.empty() ? "cause" : cause.substr(0, cause.find(':')));
}

constexpr std::string_view vacuous = "unknown-vacuous";

class Collector {
 public:
  explicit Collector(const Results& results) : results_(results) {}

  void add(const std::string& model, const std::string& name, const std::string& faults) {
    found_.insert(part(results_.system) + ":" + part(results_.workload) + ":" + part(model) + ":" +
                  part(name) + ":" + part(faults));
  }
  void add_violations(const Verdict& verdict) {
    std::set<std::string> explained;
    for (const Counterexample& shown : verdict.counterexamples) {
      add(verdict.model, class_of(shown), faults_around(results_, shown));
      explained.insert(shown.key);
    }
    if (explained.empty()) return add(verdict.model, verdict.checker, "");
    for (const KeyVerdict& key : verdict.keys)
      if (key.outcome == Outcome::invalid && !explained.contains(key.key))
        return add(verdict.model, "unclassified", "");
  }
  // A violation shows that something was tested: vacuous is then no fault of its own.
  void add_unknown(const std::string& cause) {
    const std::string name = class_of_unknown(cause);
    if (name != vacuous || results_.outcome != Outcome::invalid) add("", name, "");
  }
  void add_undecided(const Verdict& verdict) {
    if (verdict.outcome == Outcome::unknown) add_unknown(verdict.cause);
    for (const KeyVerdict& key : verdict.keys)
      if (key.outcome == Outcome::unknown) add_unknown(key.cause);
  }
  std::vector<std::string> take() const { return {found_.begin(), found_.end()}; }

 private:
  const Results& results_;
  std::set<std::string> found_;
};

}  // namespace

std::vector<std::string> fingerprints(const Results& results) {
  Collector collector(results);
  for (const Verdict& verdict : results.verdicts) {
    if (verdict.outcome == Outcome::invalid) collector.add_violations(verdict);
    collector.add_undecided(verdict);
  }
  if (!results.vacuous.empty()) collector.add_unknown("vacuous");
  for (const Gate& gate : results.gates)
    if (!gate.held) collector.add("", "gate-" + gate.name, "");
  std::vector<std::string> found = collector.take();
  if (found.empty() && results.outcome != Outcome::valid)
    found.push_back(part(results.system) + ":" + part(results.workload) +
                    ":-:" + part(class_of_unknown(results.cause)) + ":-");
  return found;
}

std::string without_faults(const std::string& fingerprint) {
  return fingerprint.substr(0, fingerprint.rfind(':'));
}

bool fits(std::string_view pattern, std::string_view fingerprint) {
  // Where the last '*' stands, and where in the text its stretch ends by now.
  std::size_t p = 0, t = 0, star = std::string_view::npos, stretch = 0;
  while (t < fingerprint.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      stretch = t;
    } else if (p < pattern.size() && pattern[p] == fingerprint[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++stretch;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace clew
