#include "checkers/staleness.h"

#include <algorithm>

namespace clew {
namespace {

constexpr Nanos before_all = Nanos::min();

struct Version {
  Nanos invoked{};
  Nanos gone = Nanos::max();  // Overwritten at the latest then, for this one and all earlier ones.
};

// When the versions of each value of one key were overwritten.
class Versions {
 public:
  explicit Versions(const std::vector<TimedCall>& calls) {
    Atom largest = nil_atom;
    for (const TimedCall& call : calls) largest = std::max({largest, call.from, call.to});
    values_.resize(std::size_t{largest} + 1);
    count_writers(calls);
    find_effects(calls);
    values_[nil_atom].push_back({before_all, overwritten(before_all)});
    for (std::size_t i = 0; i < writes_.size(); ++i)
      values_[value_of_[i]].push_back({writes_[i].invoked, overwritten(writes_[i].effect)});
    for (auto& versions : values_) {
      std::stable_sort(versions.begin(), versions.end(),
                       [](const Version& a, const Version& b) { return a.invoked < b.invoked; });
      for (std::size_t i = 1; i < versions.size(); ++i)
        versions[i].gone = std::max(versions[i].gone, versions[i - 1].gone);
    }
  }

  // The moment at which what `read` returned was certainly gone; max: none is known.
  Nanos gone(const TimedCall& read) const {
    const auto& versions = values_[read.from];
    const auto after =
        std::upper_bound(versions.begin(), versions.end(), read.returned,
                         [](Nanos time, const Version& version) { return time < version.invoked; });
    return after == versions.begin() ? Nanos::max() : std::prev(after)->gone;
  }

 private:
  struct Write {
    Nanos invoked{}, effect{};
    Nanos earliest_effect{};  // Of it and all that were invoked later.
  };

  void count_writers(const std::vector<TimedCall>& calls) {
    writers_.assign(values_.size(), 0);
    seen_.assign(values_.size(), Nanos::max());
    writers_[nil_atom] = 1;
    for (const TimedCall& call : calls) {
      if (call.mutates()) ++writers_[call.to];
      if (call.observes()) seen_[call.from] = std::min(seen_[call.from], call.returned);
    }
  }

  void find_effects(const std::vector<TimedCall>& calls) {
    std::vector<const TimedCall*> sorted;
    for (const TimedCall& call : calls)
      if (call.mutates()) sorted.push_back(&call);
    std::stable_sort(sorted.begin(), sorted.end(), [](const TimedCall* a, const TimedCall* b) {
      return a->invoked < b->invoked;
    });
    for (const TimedCall* call : sorted) {
      Nanos effect = call->returned;
      if (writers_[call->to] == 1) effect = std::min(effect, seen_[call->to]);
      // Seen before it was written: then nothing is certain about it.
      if (effect < call->invoked) effect = Nanos::max();
      writes_.push_back({call->invoked, effect, effect});
      value_of_.push_back(call->to);
    }
    for (std::size_t i = writes_.size(); i-- > 1;)
      writes_[i - 1].earliest_effect =
          std::min(writes_[i - 1].earliest_effect, writes_[i].earliest_effect);
  }

  Nanos overwritten(Nanos effect) const {
    const auto later =
        std::upper_bound(writes_.begin(), writes_.end(), effect,
                         [](Nanos time, const Write& write) { return time < write.invoked; });
    return later == writes_.end() ? Nanos::max() : later->earliest_effect;
  }

  std::vector<std::vector<Version>> values_;
  std::vector<std::uint32_t> writers_;  // How many, by value.
  std::vector<Nanos> seen_;             // First answer that had seen it, by value.
  std::vector<Write> writes_;           // By invocation.
  std::vector<Atom> value_of_;          // Of each of these.
};

}  // namespace

void StalenessCount::add(const std::vector<TimedCall>& calls) {
  if (calls.empty()) return;
  const Versions versions(calls);
  for (const TimedCall& call : calls) {
    if (call.act != Act::read || call.returned == Nanos::max()) continue;
    auto it = nodes_.find(call.node);
    if (it == nodes_.end()) it = nodes_.emplace(std::string(call.node), Reads{}).first;
    ++it->second.reads;
    const Nanos gone = versions.gone(call);
    if (gone < call.invoked) it->second.late.push_back(call.invoked - gone);
  }
}

StaleReads StalenessCount::sum(std::string node, Reads reads) {
  StaleReads out{std::move(node), reads.reads, reads.late.size(), {}, {}};
  if (reads.late.empty()) return out;
  std::sort(reads.late.begin(), reads.late.end());
  out.median = reads.late[(reads.late.size() - 1) / 2];
  out.worst = reads.late.back();
  return out;
}

Staleness StalenessCount::take() {
  Staleness out;
  Reads all;
  for (auto& [node, reads] : nodes_) {
    all.reads += reads.reads;
    all.late.insert(all.late.end(), reads.late.begin(), reads.late.end());
    if (!node.empty() && !reads.late.empty()) out.nodes.push_back(sum(node, std::move(reads)));
  }
  out.all = sum("", std::move(all));
  std::stable_sort(out.nodes.begin(), out.nodes.end(),
                   [](const StaleReads& a, const StaleReads& b) { return a.stale > b.stale; });
  nodes_.clear();
  return out;
}

}  // namespace clew
