#include "reports/remarks.h"

#include <algorithm>

#include "harness/clock.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::string_view sequential = "sequential consistency";
constexpr std::size_t most_nodes = 8;
constexpr std::size_t most_kinds = 8;
constexpr std::size_t most_ops = 5;

std::string on_key(const Guarantee& guarantee) {
  return guarantee.key.empty() ? "" : " on key " + plain(guarantee.key, 40);
}

std::string name_of(const Guarantee& guarantee) {
  return plain(guarantee.name, 60) + (guarantee.name == sequential ? " per key" : "");
}

void what_still_holds(std::vector<std::string>& out, const std::vector<Guarantee>& guarantees) {
  if (guarantees.empty()) return;
  std::string holds, undecided, why;
  bool session_broken = false;
  for (const Guarantee& guarantee : guarantees) {
    const bool is_sequential = guarantee.name == sequential;
    session_broken |= !is_sequential && guarantee.outcome == Outcome::invalid;
    if (guarantee.outcome == Outcome::unknown) {
      undecided += (undecided.empty() ? "" : ", ") + name_of(guarantee);
      if (why.empty()) why = plain(guarantee.reason, 200) + on_key(guarantee);
    }
    if (guarantee.outcome != Outcome::valid) continue;
    holds += (holds.empty() ? "" : ", ") + name_of(guarantee);
    if (is_sequential) break;  // All others follow from it.
  }
  out.push_back(holds.empty() ? "No weaker promise is known to hold still."
                              : "Still holds: " + holds + ".");
  if (!undecided.empty()) out.push_back("Undecided: " + undecided + " (" + why + ").");
  for (const Guarantee& guarantee : guarantees) {
    // What breaks a session's guarantee breaks sequential consistency, too.
    if (guarantee.outcome != Outcome::invalid || (session_broken && guarantee.name == sequential))
      continue;
    out.push_back("Broken: " + name_of(guarantee) + on_key(guarantee) + ": " +
                  plain(guarantee.reason, 500) + ".");
  }
}

std::string staleness_sentence(const Staleness& staleness) {
  const StaleReads& all = staleness.all;
  if (all.stale == 0) return "None of " + counted(all.reads, "read") + " was certainly stale.";
  std::string out = grouped(all.stale) + " of " + counted(all.reads, "read") +
                    (all.stale == 1 ? " was" : " were") + " stale, by up to " +
                    format_duration(all.worst);
  if (all.stale > 1) out += ", half of them by " + format_duration(all.median) + " or more";
  std::string nodes;
  for (std::size_t i = 0; i < std::min(staleness.nodes.size(), most_nodes); ++i)
    nodes += (i > 0 ? ", " : "") + plain(staleness.nodes[i].node, 40) + ": " +
             grouped(staleness.nodes[i].stale);
  if (staleness.nodes.size() > most_nodes) nodes += ", ...";
  return out + (nodes.empty() ? "" : " (" + nodes + ")") + ".";
}

std::string needed(const Audit& audit) {
  std::string out;
  for (std::size_t i = 0; i < std::min(audit.needed.size(), most_kinds); ++i) {
    const Classification& kind = audit.needed[i];
    out += (i > 0 ? ", " : "") + ("fail " + plain(kind.f, 40)) +
           (kind.error.empty() ? "" : " '" + plain(kind.error, 120) + "'") + " x " +
           grouped(kind.calls);
    for (std::size_t k = 0; k < std::min(kind.ops.size(), most_ops); ++k)
      out += (k == 0 ? " (op " : ", ") + std::to_string(kind.ops[k]);
    if (!kind.ops.empty()) out += kind.calls > std::min(kind.ops.size(), most_ops) ? ", ...)" : ")";
  }
  if (audit.needed.size() > most_kinds)
    out += " and " + counted(audit.needed.size() - most_kinds, "other kind");
  return out;
}

void what_it_rests_on(std::vector<std::string>& out, const Audit& audit) {
  if (audit.resting > 0) {
    std::uint64_t calls = 0;
    for (const Classification& kind : audit.needed) calls += kind.calls;
    const std::string who = audit.whole ? "The verdict rests"
                                        : counted(audit.resting, "invalid key") +
                                              (audit.resting == 1 ? " rests" : " rest");
    out.push_back(who + " on " + (audit.cause.empty() ? "" : "at most ") +
                  counted(calls, "answer") + " taken as " +
                  (calls == 1 ? "a definite failure: " : "definite failures: ") + needed(audit) +
                  ". With these as unknown there is an order.");
  } else if (audit.keys > 0 && audit.undecided == 0) {
    out.push_back(
        "The verdict rests on no answer taken as a definite failure: it is the same with all of "
        "them unknown.");
  }
  if (audit.undecided > 0)
    out.push_back("Whether it rests on answers taken as definite failures is undecided for " +
                  counted(audit.undecided, "invalid key") + " (" + plain(audit.cause, 200) + ").");
}

}  // namespace

std::vector<std::string> remarks(const Results& results) {
  std::vector<std::string> out;
  for (const Verdict& verdict : results.verdicts) {
    what_still_holds(out, verdict.guarantees);
    if (verdict.staleness && verdict.staleness->all.reads > 0)
      out.push_back(staleness_sentence(*verdict.staleness));
    if (verdict.audit) what_it_rests_on(out, *verdict.audit);
  }
  return out;
}

}  // namespace clew
