#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clew {

// Configurations of one moment, of which none beats another.
template <class Config>
class LazyPool {
 public:
  void clear() {
    configs_.clear();
    beaten_.clear();
    heads_.clear();
    next_.clear();
  }
  // Those that were beaten after they had been added are still counted.
  std::size_t size() const { return configs_.size(); }
  const Config& operator[](std::size_t i) const { return configs_[i]; }
  bool beaten(std::size_t i) const { return beaten_[i] != 0; }
  std::size_t bytes() const {
    return configs_.capacity() * (sizeof(Config) + 1) + (heads_.capacity() + next_.capacity()) * 4;
  }

  // Adds the configuration unless another one here beats it; marks those that it beats.
  // Only configurations of the same hash can beat one another.
  template <class Hash, class Beats>
  void keep(const Config& config, const Hash& hash, const Beats& beats) {
    const auto meet = [&](std::uint32_t i) {
      if (beaten_[i]) return true;
      if (beats(configs_[i], config)) return false;
      beaten_[i] = beats(config, configs_[i]);
      return true;
    };
    if (configs_.size() < few) {
      for (std::uint32_t i = 0; i < configs_.size(); ++i)
        if (!meet(i)) return;
    } else {
      if (next_.size() < configs_.size() || configs_.size() * 2 > heads_.size()) rehash(hash);
      const std::size_t bucket = hash(config) & (heads_.size() - 1);
      for (std::uint32_t i = heads_[bucket]; i != none; i = next_[i])
        if (!meet(i)) return;
      link(bucket);
    }
    configs_.push_back(config);
    beaten_.push_back(0);
  }

 private:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  static constexpr std::size_t few = 12;  // Up to so many all are looked at.

  void link(std::size_t bucket) {
    next_.push_back(heads_[bucket]);
    heads_[bucket] = static_cast<std::uint32_t>(next_.size() - 1);
  }
  template <class Hash>
  void rehash(const Hash& hash) {
    std::size_t size = 64;
    while (size < configs_.size() * 4) size *= 2;
    heads_.assign(size, none);
    next_.clear();
    for (const Config& other : configs_) link(hash(other) & (size - 1));
  }

  std::vector<Config> configs_;
  std::vector<std::uint8_t> beaten_;
  std::vector<std::uint32_t> heads_, next_;  // Buckets; a power of two of them, none while few.
};

}  // namespace clew
