#include "checkers/remarks.h"

#include <algorithm>
#include <exception>
#include <unordered_map>

#include "checkers/partition.h"

namespace clew {
namespace {

constexpr std::chrono::seconds most_time{20};  // Of the weaker models, and of the audit.
constexpr std::size_t most_memory = std::size_t{256} << 20;
constexpr std::size_t most_audited = 50;  // Keys.

Budget part_of(const Limits& limits, const std::stop_token& stop) {
  Budget budget;
  budget.deadline = Clock::now() + std::min<Nanos>(limits.time, most_time);
  budget.memory_bytes = std::min(limits.memory_bytes, most_memory);
  budget.stop = stop;
  return budget;
}

// The strongest promise that a key keeps.
std::string strongest(const std::vector<Guarantee>& guarantees) {
  if (guarantees.front().outcome == Outcome::valid) return guarantees.front().name;
  std::string out;
  for (const Guarantee& guarantee : guarantees)
    if (guarantee.outcome == Outcome::valid) out += (out.empty() ? "" : ", ") + guarantee.name;
  return out.empty() ? "none" : out;
}

// Over all keys the gravest counts, and the first that shows it.
void merge(std::vector<Guarantee>& all, std::vector<Guarantee> one, const std::string& key) {
  for (Guarantee& guarantee : one)
    if (guarantee.outcome != Outcome::valid) guarantee.key = key;
  if (all.empty()) {
    all = std::move(one);
    return;
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (one[i].outcome > all[i].outcome) all[i] = std::move(one[i]);
}

class Remarks {
 public:
  Remarks(Verdict& verdict, const History& history, const Limits& limits, std::stop_token stop)
      : verdict_(verdict), history_(history), limits_(limits), stop_(std::move(stop)) {}

  void read(const std::vector<KeyEvents>& parts,
            const std::function<RemarkedKey(const KeyEvents&)>& read) {
    std::unordered_map<std::string_view, const KeyEvents*> places;
    for (const KeyEvents& part : parts) places.emplace(part.key, &part);
    const Budget budget = part_of(limits_, stop_);
    StalenessCount staleness;
    // In the order of the verdict: the gravest first.
    for (KeyVerdict& verdict : verdict_.keys) {
      const RemarkedKey key = read(*places.at(verdict.key));
      staleness.add(key.timed);
      if (verdict.outcome == Outcome::valid) continue;  // So it keeps all weaker promises.
      auto guarantees = judge_weaker(key.calls, key.values, budget);
      verdict.still_holds = strongest(guarantees);
      merge(verdict_.guarantees, std::move(guarantees), verdict.key);
      if (verdict.outcome != Outcome::invalid) continue;
      ++invalid_;
      if (!key.failures.empty()) suspects_.push_back({key.events, key.failures});
    }
    verdict_.staleness = staleness.take();
  }

  void judge_again(const Rejudge& rejudge) {
    const std::size_t left_out = suspects_.size() - std::min(suspects_.size(), most_audited);
    suspects_.resize(suspects_.size() - left_out);
    verdict_.audit =
        audit(history_, suspects_, invalid_, guarded(rejudge), part_of(limits_, stop_));
    if (left_out == 0) return;
    verdict_.audit->undecided += left_out;
    verdict_.audit->keys += left_out;
    if (verdict_.audit->cause.empty()) verdict_.audit->cause = "too many keys";
  }

 private:
  // An error in here is none of the verdict's.
  static Rejudge guarded(const Rejudge& rejudge) {
    return [&rejudge](const History& history, const Budget& budget) -> Rejudged {
      try {
        return rejudge(history, budget);
      } catch (const std::exception& e) {
        return {Outcome::unknown, std::string("internal error: ") + e.what()};
      }
    };
  }

  Verdict& verdict_;
  const History& history_;
  const Limits& limits_;
  std::stop_token stop_;
  std::size_t invalid_ = 0;
  std::vector<SuspectKey> suspects_;
};

}  // namespace

void add_remarks(Verdict& verdict, const History& history, const Limits& limits,
                 std::stop_token stop, const std::function<RemarkedKey(const KeyEvents&)>& read,
                 const Rejudge& rejudge) {
  if (verdict.outcome != Outcome::invalid) return;
  const std::vector<KeyEvents> parts = partition(history);
  Remarks remarks(verdict, history, limits, std::move(stop));
  remarks.read(parts, read);
  remarks.judge_again(rejudge);
}

}  // namespace clew
