#include "checkers/audit.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace clew {
namespace {

using Kinds = std::map<std::pair<std::string, std::string>, std::vector<Failure>>;

constexpr std::size_t most_judged = 300;  // Histories, of each key.
constexpr std::size_t most_listed = 20;

class KeyAudit {
 public:
  KeyAudit(const History& history, const SuspectKey& suspect, const Rejudge& rejudge,
           const Budget& budget)
      : history_(history), suspect_(suspect), rejudge_(rejudge), budget_(budget) {}

  // Whether the key rests on its failures: unknown, or which ones in needed().
  Rejudged decide() {
    Rejudged first = judge(suspect_.failures);
    if (first.outcome != Outcome::valid) return first;
    std::vector<std::vector<Failure>> groups;
    for (auto& [kind, failures] : by_kind(suspect_.failures)) groups.push_back(failures);
    needed_ = fewest(groups);
    thin_out();
    return first;
  }

  const std::vector<Failure>& needed() const { return needed_; }
  // Why there may be an idle one among these; empty: there is none.
  const std::string& cause() const { return cause_; }

  Kinds by_kind(const std::vector<Failure>& failures) const {
    Kinds kinds;
    for (const Failure& failure : failures) {
      const Op& end = history_.ops()[failure.ended];
      kinds[{history_.ops()[failure.invoked].f, end.error}].push_back(failure);
    }
    return kinds;
  }

 private:
  Rejudged judge(const std::vector<Failure>& unknown) const {
    if (const char* over = budget_.over(0)) return {Outcome::unknown, over};
    return rejudge_(reclassified(history_, *suspect_.key, unknown), budget_);
  }

  bool enough(const std::vector<Failure>& unknown) {
    const Rejudged end =
        ++judged_ > most_judged ? Rejudged{Outcome::unknown, "step limit"} : judge(unknown);
    if (end.outcome == Outcome::unknown && cause_.empty()) cause_ = end.cause;
    return end.outcome == Outcome::valid;
  }

  // Leaves out ever smaller stretches of the failures, at last single ones.
  void thin_out() {
    for (std::size_t size = needed_.size() / 2; size > 0; size /= 2) {
      for (std::size_t begin = 0; begin < needed_.size() && judged_ <= most_judged;) {
        const auto first = needed_.begin() + static_cast<std::ptrdiff_t>(begin);
        const std::size_t end = std::min(begin + size, needed_.size());
        std::vector<Failure> rest(needed_.begin(), first);
        rest.insert(rest.end(), needed_.begin() + static_cast<std::ptrdiff_t>(end), needed_.end());
        // Without any it is invalid, as is known.
        if (!rest.empty() && enough(rest))
          needed_ = std::move(rest);
        else
          begin = end;
      }
    }
  }

  // Drops each group that the rest can do without. The more is unknown the more
  // is explained, so one pass leaves none that is idle, unless time runs out.
  std::vector<Failure> fewest(const std::vector<std::vector<Failure>>& groups) {
    std::vector<std::uint8_t> keep(groups.size(), 1);
    const auto kept = [&] {
      std::vector<Failure> out;
      for (std::size_t i = 0; i < groups.size(); ++i)
        if (keep[i]) out.insert(out.end(), groups[i].begin(), groups[i].end());
      return out;
    };
    for (std::size_t i = 0; groups.size() > 1 && i < groups.size(); ++i) {
      keep[i] = 0;
      if (!enough(kept())) keep[i] = 1;
    }
    return kept();
  }

  const History& history_;
  const SuspectKey& suspect_;
  const Rejudge& rejudge_;
  const Budget& budget_;
  std::vector<Failure> needed_;
  std::size_t judged_ = 0;
  std::string cause_;
};

void add(std::vector<Classification>& needed, const History& history, const Kinds& kinds) {
  for (const auto& entry : kinds) {
    auto it = std::find_if(needed.begin(), needed.end(), [&](const Classification& known) {
      return known.f == entry.first.first && known.error == entry.first.second;
    });
    if (it == needed.end())
      it =
          needed.insert(needed.end(), Classification{entry.first.first, entry.first.second, 0, {}});
    it->calls += entry.second.size();
    for (const Failure& failure : entry.second)
      if (it->ops.size() < most_listed) it->ops.push_back(history.ops()[failure.invoked].index);
  }
}

}  // namespace

History reclassified(const History& history, const KeyEvents& key,
                     const std::vector<Failure>& unknown) {
  std::unordered_set<std::uint32_t> changed;
  for (const Failure& failure : unknown) changed.insert(failure.ended);
  std::int64_t fresh = 0;
  std::unordered_map<std::size_t, std::int64_t> processes;  // By completion.
  std::vector<Op> ops;
  ops.reserve(key.events.size());
  for (const std::uint32_t at : key.events) {
    Op op = history.ops()[at];
    if (op.kind == Kind::invoke) {
      op.process = fresh++;
      const std::size_t end = history.completion(at);
      if (end != History::none) processes[end] = op.process;
    } else {
      op.process = processes.at(at);
      if (changed.contains(at)) op.kind = Kind::info;
    }
    ops.push_back(std::move(op));
  }
  return History(std::move(ops));
}

std::optional<Audit> audit(const History& history, const std::vector<SuspectKey>& keys,
                           std::size_t invalid, const Rejudge& rejudge, const Budget& budget) {
  if (keys.empty()) return std::nullopt;
  Audit out;
  for (const SuspectKey& suspect : keys) {
    KeyAudit one(history, suspect, rejudge, budget);
    const Rejudged end = one.decide();
    ++out.keys;
    if (end.outcome == Outcome::unknown) {
      ++out.undecided;
      if (out.cause.empty()) out.cause = end.cause;
    } else if (end.outcome == Outcome::valid) {
      ++out.resting;
      if (out.cause.empty()) out.cause = one.cause();
      add(out.needed, history, one.by_kind(one.needed()));
    }
  }
  out.whole = out.resting == invalid;
  std::stable_sort(
      out.needed.begin(), out.needed.end(),
      [](const Classification& a, const Classification& b) { return a.calls > b.calls; });
  return out;
}

}  // namespace clew
