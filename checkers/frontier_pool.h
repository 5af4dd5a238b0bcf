#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/call.h"
#include "checkers/trail.h"

namespace clew {

// How many unknown calls of each kind a configuration has used up.
class Spent {
 public:
  bool empty() const { return counts_.empty(); }
  const std::vector<std::pair<std::uint32_t, std::uint32_t>>& counts() const { return counts_; }

  std::uint32_t of(std::uint32_t kind) const {
    for (const auto& [k, count] : counts_)
      if (k == kind) return count;
    return 0;
  }
  void add(std::uint32_t kind) {
    auto it = counts_.begin();
    while (it != counts_.end() && it->first < kind) ++it;
    if (it != counts_.end() && it->first == kind) {
      ++it->second;
    } else {
      counts_.insert(it, {kind, 1});
    }
  }
  // Nowhere more than `other`.
  bool within(const Spent& other) const {
    auto it = other.counts_.begin();
    for (const auto& [kind, count] : counts_) {
      while (it != other.counts_.end() && it->first < kind) ++it;
      if (it == other.counts_.end() || it->first != kind || it->second < count) return false;
    }
    return true;
  }
  // Keeps the smaller count of each kind.
  void meet(const Spent& other) {
    for (auto& [kind, count] : counts_) count = std::min(count, other.of(kind));
    drop_zeros();
  }
  void subtract(const Spent& other) {
    for (auto& [kind, count] : counts_) count -= other.of(kind);
    drop_zeros();
  }

 private:
  void drop_zeros() {
    counts_.erase(std::remove_if(counts_.begin(), counts_.end(),
                                 [](const auto& entry) { return entry.second == 0; }),
                  counts_.end());
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> counts_;  // By kind.
};

// Configurations of one moment.
template <class State>
class FrontierPool {
 public:
  struct Config {
    State state{};
    Spent spent{};
    std::uint32_t trail = Trail::none;
    std::size_t hash = 0;              // Of state and bits.
    std::uint32_t twin = Trail::none;  // Next configuration in the same bucket.
    bool beaten = false;               // Another one explains as much and spent less.
  };

  void reset(std::size_t words) {
    words_ = words;
    clear();
  }
  void clear() {
    // Only buckets that are in use: most steps touch very few.
    for (const std::uint32_t bucket : used_) buckets_[bucket] = Trail::none;
    used_.clear();
    configs_.clear();
    bits_.clear();
    heap_bytes_ = 0;
  }
  std::size_t size() const { return configs_.size(); }
  Config& operator[](std::size_t i) { return configs_[i]; }
  const Config& operator[](std::size_t i) const { return configs_[i]; }
  std::uint64_t* bits(std::size_t i) { return bits_.data() + i * words_; }
  const std::uint64_t* bits(std::size_t i) const { return bits_.data() + i * words_; }
  std::size_t bytes() const {
    return configs_.capacity() * sizeof(Config) + bits_.capacity() * 8 + buckets_.capacity() * 4 +
           heap_bytes_;
  }

  void add(State state, const std::uint64_t* bits, Spent spent, std::uint32_t trail) {
    heap_bytes_ += spent.counts().size() * 8 + heap_bytes(state);
    configs_.push_back({std::move(state), std::move(spent), trail, 0, Trail::none, false});
    bits_.insert(bits_.end(), bits, bits + words_);
  }

  // Adds the configuration unless one with the same state and bits spent no
  // more; marks those that it beats. Not to be mixed with add().
  void insert(std::size_t hash, State state, const std::uint64_t* bits, Spent spent,
              std::uint32_t trail) {
    if ((configs_.size() + 1) * 2 > buckets_.size()) widen();
    for (std::size_t word = 0; word < words_; ++word) hash = hash_all({hash, bits[word]});
    const std::size_t bucket = hash & (buckets_.size() - 1);
    for (std::uint32_t i = buckets_[bucket]; i != Trail::none; i = configs_[i].twin) {
      Config& other = configs_[i];
      if (other.beaten || !(other.state == state) || !same_bits(i, bits)) continue;
      if (other.spent.within(spent)) return;
      other.beaten = spent.within(other.spent);
    }
    if (buckets_[bucket] == Trail::none) used_.push_back(static_cast<std::uint32_t>(bucket));
    add(std::move(state), bits, std::move(spent), trail);
    configs_.back().hash = hash;
    configs_.back().twin = buckets_[bucket];
    buckets_[bucket] = static_cast<std::uint32_t>(configs_.size() - 1);
  }

 private:
  bool same_bits(std::size_t i, const std::uint64_t* other) const {
    return std::equal(other, other + words_, bits(i));
  }
  void widen() {
    buckets_.assign(std::max<std::size_t>(16, buckets_.size() * 2), Trail::none);
    used_.clear();
    for (std::uint32_t i = 0; i < configs_.size(); ++i) {
      const std::size_t bucket = configs_[i].hash & (buckets_.size() - 1);
      if (buckets_[bucket] == Trail::none) used_.push_back(static_cast<std::uint32_t>(bucket));
      configs_[i].twin = buckets_[bucket];
      buckets_[bucket] = i;
    }
  }

  std::size_t words_ = 0;
  std::vector<Config> configs_;
  std::vector<std::uint64_t> bits_;     // words_ for each configuration.
  std::vector<std::uint32_t> buckets_;  // First configuration; a power of two of them.
  std::vector<std::uint32_t> used_;
  std::size_t heap_bytes_ = 0;
};

}  // namespace clew
