#include "reports/story.h"

#include <algorithm>

#include "reports/wording.h"

namespace clew {
namespace {

std::string joined(const Value::List& items) {
  std::string out;
  for (const Value& item : items) {
    if (!out.empty()) out += ',';
    out += item.is_text() ? item.as_text() : to_text(item);
  }
  return out;
}

// {"cut":[["n1","n2"],["n3"]]} as {n1,n2}|{n3}; other members by name.
std::string hit_text(const Value& hit) {
  std::string out;
  for (const auto& [name, value] : hit.as_object()) {
    if (!out.empty()) out += ' ';
    const bool groups = value.is_list() && !value.as_list().empty() &&
                        std::all_of(value.as_list().begin(), value.as_list().end(),
                                    [](const Value& item) { return item.is_list(); });
    if (groups) {
      std::string sides;
      for (const Value& side : value.as_list())
        sides += (sides.empty() ? "{" : "|{") + joined(side.as_list()) + "}";
      out += sides;
    } else if (value.is_list() && name == "nodes") {
      out += joined(value.as_list());
    } else if (value.is_list() && name == "links" && value.as_list().size() > 3) {
      out += "(" + std::to_string(value.as_list().size()) + " links)";
    } else if (value.is_list() && name == "links") {
      out += joined(value.as_list());
    } else {
      out += name + ' ' + (value.is_text() ? value.as_text() : to_text(value));
    }
  }
  return out;
}

std::string leadership(const Results& results, Nanos from, Nanos to) {
  const auto leads = [](const LeaderSpan& span) {
    return plain(span.node, 40) + " led term " + std::to_string(span.term);
  };
  for (const Overlap& both : overlaps(results.leaders)) {
    if (both.from > to || both.to < from) continue;
    const std::string older = plain(both.older.node, 40);
    if (both.older.term == both.newer.term)
      return older + " and " + plain(both.newer.node, 40) + " both claimed to lead term " +
             std::to_string(both.older.term);
    return older + " claimed to lead term " + std::to_string(both.older.term) + " while " +
           leads(both.newer);
  }
  std::string out;
  std::size_t named = 0;
  for (const LeaderSpan& span : results.leaders) {
    if (span.from > to || span.to < from) continue;
    if (++named > 3) break;
    out += (out.empty() ? "" : ", then ") + leads(span);
  }
  return out;
}

}  // namespace

std::string fault_label(const FaultRecord& fault) {
  std::string what = fault.hit.is_object() ? hit_text(fault.hit) : "";
  if (what.empty()) what = fault.target;
  const std::string kind = fault.kind.empty() ? "" : ":" + fault.kind;
  return plain(fault.fault + kind + (what.empty() ? "" : " " + what), 120);
}

bool in_force(const FaultRecord& fault, Nanos from, Nanos to) {
  return fault.verified && fault.applied != never && fault.applied <= to && fault.healed >= from;
}

std::vector<Overlap> overlaps(const std::vector<LeaderSpan>& leaders) {
  std::vector<LeaderSpan> spans = leaders;
  std::stable_sort(spans.begin(), spans.end(),
                   [](const LeaderSpan& a, const LeaderSpan& b) { return a.from < b.from; });
  std::vector<Overlap> found;
  std::vector<LeaderSpan> open;  // Those that reach beyond the current one's beginning.
  for (const LeaderSpan& span : spans) {
    std::erase_if(open, [&](const LeaderSpan& other) { return other.to <= span.from; });
    for (const LeaderSpan& other : open) {
      if (other.node == span.node) continue;
      Overlap both{other, span, span.from, std::min(other.to, span.to)};
      if (both.older.term > both.newer.term) std::swap(both.older, both.newer);
      if (both.from < both.to) found.push_back(both);
    }
    open.push_back(span);
  }
  return found;
}

std::pair<Nanos, Nanos> window(const Counterexample& shown) {
  if (shown.calls.empty()) return {Nanos{}, Nanos{}};
  Nanos from = Nanos::max();
  Nanos to{};
  for (const ShownCall& call : shown.calls) {
    from = std::min(from, call.invoked);
    to = std::max(to, call.returned == Nanos::max() ? call.invoked : call.returned);
  }
  return {from, to};
}

std::string circumstances(const Results& results, const Counterexample& shown) {
  if (shown.calls.empty()) return "";
  const auto [from, to] = window(shown);
  std::string faults;
  std::size_t count = 0;
  for (const FaultRecord& fault : results.faults) {
    if (!in_force(fault, from, to) || ++count > 3) continue;
    faults += (count > 1 ? ", " : "") + fault_label(fault) + " (" +
              span(fault.applied, fault.healed) + ")";
  }
  if (count > 3) faults += " and " + counted(count - 3, "other fault");
  const std::string leaders = leadership(results, from, to);
  std::string out = faults.empty() ? "" : "During " + faults;
  if (!leaders.empty()) out += (out.empty() ? "" : "; ") + leaders;
  return out.empty() ? "" : out + ".";
}

std::string an_anomaly(const Counterexample& shown) {
  std::string words = plain(shown.anomaly.empty() ? "violation" : shown.anomaly, 60);
  std::replace(words.begin(), words.end(), '-', ' ');
  const bool vowel = words.find_first_of("aeiouAEIOU") == 0;
  return (vowel ? "an " : "a ") + words;
}

std::string client_name(const ShownCall& call) { return "client " + std::to_string(call.process); }

const Blocked* blocked_at(const Counterexample& shown, std::size_t call) {
  for (const Blocked& blocked : shown.blocked)
    if (blocked.call == call) return &blocked;
  return nullptr;
}

std::vector<const Counterexample*> counterexamples(const Results& results) {
  std::vector<const Counterexample*> all;
  for (const Verdict& verdict : results.verdicts)
    for (const Counterexample& shown : verdict.counterexamples) all.push_back(&shown);
  return all;
}

KeyCount key_count(const Results& results) {
  KeyCount count;
  for (const Verdict& verdict : results.verdicts) {
    count.total += verdict.keys.size();
    for (const KeyVerdict& key : verdict.keys) {
      count.invalid += key.outcome == Outcome::invalid ? 1 : 0;
      count.unknown += key.outcome == Outcome::unknown ? 1 : 0;
    }
  }
  return count;
}

std::vector<FaultCount> fault_counts(const Results& results) {
  std::vector<FaultCount> counts;
  for (const FaultRecord& fault : results.faults) {
    auto it = std::find_if(counts.begin(), counts.end(),
                           [&](const FaultCount& count) { return count.fault == fault.fault; });
    if (it == counts.end()) it = counts.insert(counts.end(), FaultCount{fault.fault});
    ++it->planned;
    it->verified += fault.verified ? 1 : 0;
    it->not_healed += fault.applied != never && !fault.verified_healed ? 1U : 0U;
  }
  return counts;
}

std::pair<std::size_t, std::size_t> shown_range(const Counterexample& shown, std::size_t limit) {
  const std::size_t size = shown.calls.size();
  if (size <= limit) return {0, size};
  std::size_t last = 0;
  for (const Blocked& blocked : shown.blocked) last = std::max(last, blocked.call);
  if (shown.blocked.empty()) last = size - 1;
  const std::size_t end = std::min(size, std::max(limit, last + 1 + limit / 8));
  return {end - limit, end};
}

}  // namespace clew
