#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace clew {

// How many unknown calls of each kind a configuration has used up, as small
// numbers: 0 has used none. Configurations share them, so that a step costs no
// allocation once its combination was seen.
class SpentTable {
 public:
  friend class SpentBranch;
  using Count = std::pair<std::uint32_t, std::uint32_t>;  // Kind, how many.

  SpentTable() { clear(); }

  void clear() {
    counts_.clear();
    ends_.assign(1, 0);
    kinds_.assign(1, 0);
    by_hash_.clear();
    steps_.clear();
  }
  bool nothing_kept() const { return ends_.size() == 1; }
  std::size_t bytes() const {
    return counts_.capacity() * sizeof(Count) + ends_.capacity() * 12 + steps_.size() * 40 +
           by_hash_.size() * 40;
  }

  const Count* begin(std::uint32_t id) const {
    return counts_.data() + (id == 0 ? 0 : ends_[id - 1]);
  }
  const Count* end(std::uint32_t id) const { return counts_.data() + ends_[id]; }

  // A bit for each kind that was used, shared by some: what is within another has none
  // that the other has not.
  std::uint64_t kinds(std::uint32_t id) const { return kinds_[id]; }

  std::uint32_t of(std::uint32_t id, std::uint32_t kind) const {
    for (const Count* c = begin(id); c != end(id); ++c)
      if (c->first == kind) return c->second;
    return 0;
  }

  // `id` and one more of `kind`.
  std::uint32_t add(std::uint32_t id, std::uint32_t kind) {
    const std::uint64_t step = step_of(id, kind);
    if (const auto it = steps_.find(step); it != steps_.end()) return it->second;
    return steps_[step] = intern(one_more(begin(id), end(id), kind));
  }

  // Nowhere more in `a` than in `b`.
  bool within(std::uint32_t a, std::uint32_t b) const {
    if (a == b || a == 0) return true;
    const Count* other = begin(b);
    for (const Count* c = begin(a); c != end(a); ++c) {
      while (other != end(b) && other->first < c->first) ++other;
      if (other == end(b) || other->first != c->first || other->second < c->second) return false;
    }
    return true;
  }

  std::uint32_t intern(const std::vector<Count>& counts) {
    if (counts.empty()) return 0;
    const std::uint64_t hash = hash_of(counts);
    if (const std::uint32_t known = find(counts, hash); known != none) return known;
    counts_.insert(counts_.end(), counts.begin(), counts.end());
    ends_.push_back(static_cast<std::uint32_t>(counts_.size()));
    kinds_.push_back(0);
    for (const auto& [kind, count] : counts) kinds_.back() |= std::uint64_t{1} << (kind % 64);
    const auto id = static_cast<std::uint32_t>(ends_.size() - 1);
    by_hash_.emplace(hash, id);
    return id;
  }

  // Takes over what the branch has added to this table.
  void merge(class SpentBranch& branch);

 private:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  static std::uint64_t step_of(std::uint32_t id, std::uint32_t kind) {
    return (std::uint64_t{id} << 32) | kind;
  }
  static std::vector<Count> one_more(const Count* begin, const Count* end, std::uint32_t kind) {
    std::vector<Count> counts(begin, end);
    auto at = counts.begin();
    while (at != counts.end() && at->first < kind) ++at;
    if (at != counts.end() && at->first == kind) {
      ++at->second;
    } else {
      counts.insert(at, {kind, 1});
    }
    return counts;
  }
  static std::uint64_t hash_of(const std::vector<Count>& counts) {
    std::uint64_t hash = 0;
    for (const auto& [kind, count] : counts)
      hash = (hash ^ (std::uint64_t{kind} << 20 ^ count)) * 0x9e3779b97f4a7c15ULL,
      hash ^= hash >> 29;
    return hash;
  }
  std::uint32_t find(const std::vector<Count>& counts, std::uint64_t hash) const {
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto it = first; it != last; ++it)
      if (std::equal(counts.begin(), counts.end(), begin(it->second), end(it->second)))
        return it->second;
    return none;
  }

  std::vector<Count> counts_;
  std::vector<std::uint32_t> ends_;  // Of each one's counts; those of 0 are empty.
  std::vector<std::uint64_t> kinds_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
  std::unordered_map<std::uint64_t, std::uint32_t> steps_;
};

// What one of several searchers adds to a table, while none of them changes it. Its
// numbers mean nothing to the others before SpentTable::merge().
class SpentBranch {
 public:
  explicit SpentBranch(const SpentTable& trunk) : trunk_(&trunk) {}
  void clear() {
    added_.clear();
    merged_.clear();
  }
  std::size_t bytes() const { return added_.bytes(); }
  std::uint32_t of(std::uint32_t id, std::uint32_t kind) const {
    return is_own(id) ? added_.of(id & ~own, kind) : trunk_->of(id, kind);
  }
  std::uint32_t add(std::uint32_t id, std::uint32_t kind) {
    const std::uint64_t step = SpentTable::step_of(id, kind);
    if (const auto it = trunk_->steps_.find(step); it != trunk_->steps_.end()) return it->second;
    if (const auto it = added_.steps_.find(step); it != added_.steps_.end()) return it->second;
    const SpentTable& table = is_own(id) ? added_ : *trunk_;
    const std::uint32_t at = id & ~own;
    const std::uint32_t sum =
        added_.intern(SpentTable::one_more(table.begin(at), table.end(at), kind));
    return added_.steps_[step] = own | sum;
  }
  // The number in the table of what has this number here, once merged.
  std::uint32_t merged(std::uint32_t id) const { return is_own(id) ? merged_[id & ~own] : id; }

 private:
  friend class SpentTable;
  static constexpr std::uint32_t own = std::uint32_t{1} << 31;
  static bool is_own(std::uint32_t id) { return (id & own) != 0; }

  const SpentTable* trunk_;
  SpentTable added_;
  std::vector<std::uint32_t> merged_;
};

inline void SpentTable::merge(SpentBranch& branch) {
  const SpentTable& added = branch.added_;
  branch.merged_.assign(added.ends_.size(), 0);
  for (std::uint32_t id = 1; id < added.ends_.size(); ++id)
    branch.merged_[id] = intern(std::vector<Count>(added.begin(id), added.end(id)));
  for (const auto& [step, id] : added.steps_) {
    const auto from = static_cast<std::uint32_t>(step >> 32);
    steps_.emplace(step_of(branch.merged(from), static_cast<std::uint32_t>(step)),
                   branch.merged(id));
  }
}

}  // namespace clew
