#include <algorithm>
#include <utility>

#include "reports/html.h"
#include "reports/story.h"
#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_keys = 500;
constexpr std::size_t most_faults = 500;

std::string_view outcome_words(Outcome outcome) {
  switch (outcome) {
    case Outcome::valid: return "✓ valid";
    case Outcome::unknown: return "? unknown";
    case Outcome::invalid: break;
  }
  return "✗ invalid";
}

std::string_view outcome_class(Outcome outcome) {
  switch (outcome) {
    case Outcome::valid: return "";
    case Outcome::unknown: return "unsure";
    case Outcome::invalid: break;
  }
  return "bad";
}

void tally_cells(Markup& page, const Tally& tally) {
  cell(page, grouped(tally.total()), "num");
  cell(page, grouped(tally.ok), "num");
  cell(page, grouped(tally.fail), "num");
  cell(page, grouped(tally.info), "num");
  cell(page, percent(tally.ok, tally.total()), "num");
}

void tally_table(Markup& page, std::string_view what, const std::map<std::string, Tally>& tallies,
                 const Tally* sum) {
  if (tallies.empty()) return;
  open_table(page, "Operations by " + std::string(what),
             {what, "#operations", "#ok", "#fail", "#info", "#ok share"});
  std::size_t rows = 0;
  for (const auto& [name, tally] : tallies) {
    if (++rows > 200) break;
    page.open("tr");
    cell(page, plain(name, 60));
    tally_cells(page, tally);
    page.close();
  }
  if (sum != nullptr) {
    page.open("tr", {{"class", "sum"}});
    cell(page, "all");
    tally_cells(page, *sum);
    page.close();
  }
  close_table(page);
  if (tallies.size() > 200)
    page.element("p", counted(tallies.size() - 200, "row") + " left out.", {{"class", "note"}});
}

void error_table(Markup& page, const Results& results) {
  if (results.errors.empty()) return;
  std::vector<std::pair<std::string, std::uint64_t>> order(results.errors.begin(),
                                                           results.errors.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  page.element("h3", "Why operations failed or stayed unknown");
  open_table(page, "Errors", {"#count", "text"});
  for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 50); ++i) {
    page.open("tr");
    cell(page, grouped(order[i].second), "num");
    cell(page, plain(order[i].first, 300), "code");
    page.close();
  }
  close_table(page);
}

// The state of a fault in words; ✗ and ! mark what went wrong.
std::string_view fault_state(const FaultRecord& fault) {
  if (fault.applied == never) return "✗ never applied";
  if (!fault.verified) return "✗ never took effect";
  if (fault.healed == never) return "! not healed";
  if (!fault.verified_healed) return "! healing not seen";
  return "✓ in force, healed";
}

// Until there was progress again; "-" where nobody tried.
std::string recovered(const Results& results, const FaultRecord& fault) {
  for (const FaultImpact& impact : results.recovery.faults)
    if (impact.id == fault.id && impact.tried_after_heal)
      return impact.recovered_after == never ? "never" : format_duration(impact.recovered_after);
  return "-";
}

void fault_row(Markup& page, const Results& results, const FaultRecord& fault) {
  const std::string_view state = fault_state(fault);
  page.open("tr", {{"class", state.starts_with("✗")   ? "bad"
                             : state.starts_with("!") ? "unsure"
                                                      : ""},
                   {"data-from", micros_text(fault.applied)},
                   {"data-to", micros_text(fault.healed)}});
  cell(page, plain(fault.id, 60));
  cell(page, fault_label(fault));
  cell(page, state);
  cell(page, span(fault.planned, fault.planned_heal), "num");
  cell(page, fault.applied == never ? "never" : at_second(fault.applied), "num");
  cell(page, at_second(fault.healed), "num");
  cell(page, recovered(results, fault), "num");
  page.open("td", {{"class", "wide"}});
  const auto line = [&](std::string_view what, const std::string& text) {
    if (text.empty()) return;
    page.open("div")
        .element("span", what, {{"class", "what"}})
        .text(" " + plain(text, 400))
        .close();
  };
  line("set off by", fault.cause);
  line("hit", fault.hit.is_nil() ? "" : to_json(fault.hit));
  line("evidence", fault.evidence);
  line("healed", fault.heal_evidence);
  line("error", fault.error);
  page.close().close();
}

std::vector<const KeyVerdict*> keys_of(const Verdict& verdict) {
  std::vector<const KeyVerdict*> keys;
  for (const KeyVerdict& key : verdict.keys) keys.push_back(&key);
  std::stable_sort(keys.begin(), keys.end(), [](const KeyVerdict* a, const KeyVerdict* b) {
    return a->outcome > b->outcome;
  });
  return keys;
}

void key_row(Markup& page, const KeyVerdict& key) {
  page.open("tr", {{"class", std::string(outcome_class(key.outcome))}});
  cell(page, plain(key.key, 80));
  cell(page, std::string(outcome_words(key.outcome)) +
                 (key.cause.empty() ? "" : " (" + plain(key.cause, 120) + ")") +
                 (key.still_holds.empty() ? "" : "; still holds: " + plain(key.still_holds, 120)));
  cell(page, grouped(key.calls), "num");
  cell(page, grouped(key.unknown_calls), "num");
  cell(page, grouped(key.max_concurrency), "num");
  cell(page, plain(key.engine, 40));
  cell(page, format_duration(key.check_time), "num");
  cell(page, key.configurations == 0 ? "–" : grouped(key.configurations), "num");
  page.close();
}

void command(Markup& page, std::string_view what, const std::string& text) {
  if (text.empty()) return;
  page.element("p", what).element("pre", plain(text, 4000), {{"tabindex", "0"}});
}

}  // namespace

void table_head(Markup& page, std::initializer_list<std::string_view> columns) {
  page.open("thead").open("tr");
  for (std::string_view column : columns) {
    const bool number = column.starts_with('#');
    if (number) column.remove_prefix(1);
    page.element("th", column, {{"scope", "col"}, {"class", number ? "num" : ""}});
  }
  page.close().close();
}

void cell(Markup& page, std::string_view text, std::string_view kind) {
  page.element("td", text, {{"class", std::string(kind)}});
}

std::string micros_text(Nanos time) {
  return time == never
             ? ""
             : std::to_string(std::chrono::floor<std::chrono::microseconds>(time).count());
}

void open_scroll(Markup& page, std::string_view label) {
  page.open("div", {{"class", "scroll"},
                    {"role", "region"},
                    {"tabindex", "0"},
                    {"aria-label", std::string(label)}});
}

void open_table(Markup& page, std::string_view label,
                std::initializer_list<std::string_view> columns) {
  open_scroll(page, label);
  page.open("table");
  table_head(page, columns);
  page.open("tbody");
}

void close_table(Markup& page) { page.close().close().close(); }

void html_checkers(Markup& page, const Results& results) {
  if (results.verdicts.empty()) return;
  page.open("section", {{"id", "checkers"}}).element("h2", "Checkers");
  open_table(page, "Checkers",
             {"checker", "verdict", "model", "answer", "#keys", "#check time", "reason"});
  for (const Verdict& verdict : results.verdicts) {
    page.open("tr", {{"class", std::string(outcome_class(verdict.outcome))}});
    cell(page, plain(verdict.checker, 60));
    cell(page, std::string(outcome_words(verdict.outcome)) +
                   (verdict.cause.empty() ? "" : " (" + plain(verdict.cause, 200) + ")"));
    cell(page, plain(verdict.model, 60));
    cell(page, verdict.exact ? "exact" : "not exact");
    cell(page, verdict.keys.empty() ? "–" : grouped(verdict.keys.size()), "num");
    cell(page, format_duration(verdict.check_time), "num");
    std::string reason = plain(verdict.reason, 400);
    if (verdict.dropped_calls > 0)
      reason += (reason.empty() ? "" : "; ") + counted(verdict.dropped_calls, "call") +
                " not judged because they cannot matter.";
    cell(page, reason, "wide");
    page.close();
  }
  close_table(page);
  page.close();
}

void html_keys(Markup& page, const Results& results) {
  const KeyCount count = key_count(results);
  if (count.total == 0) return;
  page.open("section", {{"id", "keys"}}).element("h2", "Keys");
  page.element("p", counted(count.total, "key") + ": " + grouped(count.invalid) + " invalid, " +
                        grouped(count.unknown) + " unknown, " +
                        grouped(count.total - count.invalid - count.unknown) + " valid.");
  std::size_t rows = 0;
  for (const Verdict& verdict : results.verdicts) {
    if (verdict.keys.empty() || rows >= most_keys) continue;
    open_table(page, "Keys",
               {"key", "verdict", "#operations", "#of unknown outcome", "#most at once",
                "decided by", "#check time", "#configurations"});
    for (const KeyVerdict* key : keys_of(verdict))
      if (rows++ < most_keys) key_row(page, *key);
    close_table(page);
  }
  if (count.total > most_keys)
    page.element("p",
                 grouped(count.total - most_keys) +
                     " keys left out, the invalid and unknown ones last; results.json has all.",
                 {{"class", "note"}});
  page.close();
}

void html_faults(Markup& page, const Results& results) {
  if (results.faults.empty()) return;
  page.open("section", {{"id", "faults"}}).element("h2", "Fault schedule");
  page.element("p", "A fault counts only if it was seen to be in force; the evidence says how.");
  open_table(
      page, "Faults",
      {"fault", "what", "state", "#planned", "#applied", "#healed", "#progress after", "evidence"});
  for (std::size_t i = 0; i < std::min(results.faults.size(), most_faults); ++i)
    fault_row(page, results, results.faults[i]);
  close_table(page);
  if (results.faults.size() > most_faults)
    page.element("p",
                 grouped(results.faults.size() - most_faults) +
                     " later faults left out; results.json has all.",
                 {{"class", "note"}});
  page.close();
}

void html_operations(Markup& page, const Results& results) {
  page.open("section", {{"id", "operations"}}).element("h2", "Operations");
  if (results.ops.total() == 0) {
    page.element("p", "No operation was invoked.").close();
    return;
  }
  page.open("div", {{"class", "tables"}});
  page.open("div");
  tally_table(page, "function", results.by_function, &results.ops);
  page.close().open("div");
  tally_table(page, "node", results.by_node, nullptr);
  page.close().close();
  error_table(page, results);
  page.close();
}

void html_reproduce(Markup& page, const Results& results) {
  page.open("section", {{"id", "reproduce"}}).element("h2", "Reproduce");
  command(page, "Run the same plan again:", results.repeat_command);
  command(page, "Judge the recorded history again; no cluster needed:", results.check_command);
  page.open("dl", {{"class", "facts"}});
  const auto fact = [&](std::string_view name, const std::string& text) {
    if (text.empty()) return;
    page.open("div").element("dt", name).element("dd", plain(text, 400)).close();
  };
  if (has_seed(results)) fact("seed", std::to_string(results.seed));
  fact("started", results.started);
  fact("clew", results.clew_version);
  std::string nodes;
  for (std::size_t i = 0; i < std::min<std::size_t>(results.nodes.size(), 50); ++i)
    nodes += (i > 0 ? ", " : "") + results.nodes[i];
  fact("nodes", nodes);
  if (results.concurrency > 0) fact("clients at once", std::to_string(results.concurrency));
  if (results.time_limit > Nanos{0}) fact("time limit", format_duration(results.time_limit));
  for (std::size_t i = 0; i < std::min<std::size_t>(results.environment.size(), 50); ++i)
    fact(plain(results.environment[i].first, 60), results.environment[i].second);
  page.close();
  if (!results.files.empty()) {
    open_table(page, "Files of the run", {"file", "hash"});
    std::size_t rows = 0;
    for (const auto& [name, hash] : results.files) {
      if (++rows > 100) break;
      page.open("tr");
      cell(page, plain(name, 120));
      cell(page, plain(hash, 120), "code");
      page.close();
    }
    close_table(page);
  }
  page.close();
}

}  // namespace clew
