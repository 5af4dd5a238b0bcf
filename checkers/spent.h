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
  using Count = std::pair<std::uint32_t, std::uint32_t>;  // Kind, how many.

  SpentTable() { clear(); }

  void clear() {
    counts_.clear();
    ends_.assign(1, 0);
    by_hash_.clear();
    steps_.clear();
  }
  bool nothing_kept() const { return ends_.size() == 1; }
  std::size_t bytes() const {
    return counts_.capacity() * sizeof(Count) + ends_.capacity() * 4 + steps_.size() * 40 +
           by_hash_.size() * 40;
  }

  const Count* begin(std::uint32_t id) const {
    return counts_.data() + (id == 0 ? 0 : ends_[id - 1]);
  }
  const Count* end(std::uint32_t id) const { return counts_.data() + ends_[id]; }

  std::uint32_t of(std::uint32_t id, std::uint32_t kind) const {
    for (const Count* c = begin(id); c != end(id); ++c)
      if (c->first == kind) return c->second;
    return 0;
  }

  // `id` and one more of `kind`.
  std::uint32_t add(std::uint32_t id, std::uint32_t kind) {
    const std::uint64_t step = (std::uint64_t{id} << 32) | kind;
    if (const auto it = steps_.find(step); it != steps_.end()) return it->second;
    std::vector<Count> counts(begin(id), end(id));
    auto at = counts.begin();
    while (at != counts.end() && at->first < kind) ++at;
    if (at != counts.end() && at->first == kind) {
      ++at->second;
    } else {
      counts.insert(at, {kind, 1});
    }
    return steps_[step] = intern(counts);
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
    std::uint64_t hash = 0;
    for (const auto& [kind, count] : counts)
      hash = (hash ^ (std::uint64_t{kind} << 20 ^ count)) * 0x9e3779b97f4a7c15ULL,
      hash ^= hash >> 29;
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto it = first; it != last; ++it)
      if (std::equal(counts.begin(), counts.end(), begin(it->second), end(it->second)))
        return it->second;
    counts_.insert(counts_.end(), counts.begin(), counts.end());
    ends_.push_back(static_cast<std::uint32_t>(counts_.size()));
    const auto id = static_cast<std::uint32_t>(ends_.size() - 1);
    by_hash_.emplace(hash, id);
    return id;
  }

 private:
  std::vector<Count> counts_;
  std::vector<std::uint32_t> ends_;  // Of each one's counts; those of 0 are empty.
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
  std::unordered_map<std::uint64_t, std::uint32_t> steps_;
};

}  // namespace clew
