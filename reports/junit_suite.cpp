#include "reports/junit_suite.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "reports/fingerprint.h"
#include "reports/reporter.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_keys = 50;

struct Case {
  std::string name{};
  Nanos time{};
  Outcome outcome = Outcome::valid;
  std::string type{};     // "linearizability", "unknown:time-limit"
  std::string message{};  // One sentence.
  std::string text{};     // Everything there is to say.
};

// "20260214T031500.120Z" -> "2026-02-14T03:15:00"; empty if it is something else.
std::string timestamp(const std::string& started) {
  if (started.size() < 15 || started[8] != 'T') return "";
  for (std::size_t i = 0; i < 15; ++i)
    if (i != 8 && (started[i] < '0' || started[i] > '9')) return "";
  const auto part = [&](std::size_t at, std::size_t length) { return started.substr(at, length); };
  return part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" + part(11, 2) +
         ":" + part(13, 2);
}

std::string in_seconds(Nanos time) {
  return decimal(std::chrono::duration<double>(time).count(), 3);
}

// "time limit" -> "unknown:time-limit"; only its class, so that the type is stable.
std::string unknown_type(const std::string& cause) {
  std::string kind = plain(cause.substr(0, cause.find(':')), 40);
  std::replace(kind.begin(), kind.end(), ' ', '-');
  return kind.empty() ? "unknown" : "unknown:" + kind;
}

std::string violation_type(const std::string& checker) {
  return checker == "linearizable" ? "linearizability" : plain(checker, 60);
}

Case of_checker(const Results& results, const Verdict& verdict) {
  Case test{plain(verdict.checker.empty() ? "checker" : verdict.checker, 120), verdict.check_time,
            verdict.outcome};
  if (verdict.outcome == Outcome::invalid) {
    test.type = violation_type(verdict.checker);
    test.message =
        verdict.counterexamples.empty() ? verdict.reason : verdict.counterexamples.front().sentence;
    test.text = text_summary(results, {}, false, true);
  } else if (verdict.outcome == Outcome::unknown) {
    test.type = unknown_type(verdict.cause);
    test.message = verdict.cause + (verdict.reason.empty() ? "" : ": " + verdict.reason);
    test.text = results.sentence;
  }
  return test;
}

// Whether what was asked for happened at all.
Case of_coverage(const Results& results) {
  Case test{"coverage"};
  if (results.vacuous.empty()) return test;
  test.outcome = Outcome::unknown;
  test.type = "unknown:vacuous";
  for (const std::string& reason : results.vacuous)
    test.message += (test.message.empty() ? "" : ", ") + reason;
  test.text = results.sentence;
  return test;
}

Case of_gate(const Gate& gate) {
  Case test{"gate " + plain(gate.name, 60)};
  if (gate.held) return test;
  test.outcome = Outcome::invalid;
  test.type = "gate:" + plain(gate.name, 60);
  test.message = gate.text + ", but " + gate.measured;
  test.text = test.message;
  return test;
}

void add_failing_keys(std::vector<Case>& cases, const Verdict& verdict) {
  std::size_t count = 0;
  for (const KeyVerdict& key : verdict.keys) {
    if (key.outcome != Outcome::invalid || ++count > most_keys) continue;
    Case test{plain(verdict.checker, 60) + " key " + plain(key.key, 120), key.check_time,
              key.outcome, violation_type(verdict.checker),
              "key " + plain(key.key, 120) + " fails"};
    for (const Counterexample& shown : verdict.counterexamples)
      if (shown.key == key.key) test.message = shown.sentence;
    test.text = test.message;
    cases.push_back(std::move(test));
  }
}

std::vector<Case> cases_of(const Results& results) {
  std::vector<Case> cases;
  for (const Verdict& verdict : results.verdicts) cases.push_back(of_checker(results, verdict));
  cases.push_back(of_coverage(results));
  for (const Gate& gate : results.gates) cases.push_back(of_gate(gate));
  for (const Verdict& verdict : results.verdicts) add_failing_keys(cases, verdict);
  // A run that did not get as far as a checker must not look green.
  if (results.outcome != Outcome::valid &&
      std::all_of(cases.begin(), cases.end(),
                  [](const Case& test) { return test.outcome == Outcome::valid; }))
    cases.push_back({"run",
                     {},
                     results.outcome,
                     unknown_type(results.cause),
                     results.sentence,
                     results.sentence});
  // CI systems drop a second test of the same name.
  std::set<std::string> names;
  for (Case& test : cases) {
    const std::string base = test.name;
    for (int n = 2; !names.insert(test.name).second; ++n)
      test.name = base + " (" + std::to_string(n) + ")";
  }
  return cases;
}

void write_properties(Markup& xml, const Results& results) {
  xml.open("properties").raw("\n");
  const auto property = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      xml.leaf("property", {{"name", std::string(name)}, {"value", plain(value, 2000)}}).raw("\n");
  };
  property("verdict", std::string(to_string(results.outcome)));
  property("cause", results.cause);
  property("seed", has_seed(results) ? std::to_string(results.seed) : "");
  property("system", results.system);
  property("system-version", results.system_version);
  for (const std::string& fingerprint : fingerprints(results)) property("fingerprint", fingerprint);
  property("clew-version", results.clew_version);
  property("repeat", results.repeat_command);
  property("check", results.check_command);
  xml.close().raw("\n");
}

void write_case(Markup& xml, const Case& test, const std::string& job, const SuiteNotes& notes) {
  xml.open("testcase", {{"classname", job}, {"name", test.name}, {"time", in_seconds(test.time)}});
  if (test.outcome != Outcome::valid && !notes.excuse.empty())
    xml.leaf("skipped", {{"message", plain(notes.excuse + ": " + test.message, 1000)}});
  else if (test.outcome != Outcome::valid)
    xml.element(test.outcome == Outcome::invalid ? "failure" : "error", test.text,
                {{"type", test.type}, {"message", plain(test.message, 1000)}});
  xml.close().raw("\n");
}

// CI systems that know the attachment syntax link the page.
void write_attachment(Markup& xml, const std::string& path) {
  if (!path.empty()) xml.element("system-out", "[[ATTACHMENT|" + plain(path, 2000) + "]]");
}

Markup& open_suite(Markup& xml, const std::string& name, const std::vector<Case>& cases, Nanos time,
                   const std::string& when, const SuiteNotes& notes) {
  const auto count = [&](Outcome outcome) {
    return std::count_if(cases.begin(), cases.end(),
                         [&](const Case& test) { return test.outcome == outcome; });
  };
  const auto failures = count(Outcome::invalid), errors = count(Outcome::unknown);
  const bool excused = !notes.excuse.empty();
  xml.open("testsuite", {{"name", name},
                         {"tests", std::to_string(cases.size())},
                         {"failures", std::to_string(excused ? 0 : failures)},
                         {"errors", std::to_string(excused ? 0 : errors)},
                         {"skipped", std::to_string(excused ? failures + errors : 0)},
                         {"time", in_seconds(time)},
                         {"timestamp", when.empty() ? "1970-01-01T00:00:00" : when}});
  return xml.raw("\n");
}

}  // namespace

void write_suite(Markup& xml, const Results& results, const SuiteNotes& notes) {
  const std::vector<Case> cases = cases_of(results);
  const std::string job = job_name(results) + notes.suffix;
  Nanos time = results.duration;
  for (const Verdict& verdict : results.verdicts) time += verdict.check_time;
  open_suite(xml, job, cases, time, timestamp(results.started), notes);
  write_properties(xml, results);
  for (const Case& test : cases) write_case(xml, test, job, notes);
  write_attachment(xml, notes.attachment);
  xml.close().raw("\n");
}

void write_broken_suite(Markup& xml, const std::string& name, const std::string& type,
                        const std::string& message) {
  const std::vector<Case> cases{{"run", {}, Outcome::unknown, type, message, message}};
  open_suite(xml, name, cases, {}, "", {});
  for (const Case& test : cases) write_case(xml, test, name, {});
  xml.close().raw("\n");
}

}  // namespace clew
