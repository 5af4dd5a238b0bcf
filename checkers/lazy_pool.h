#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/lazy_calls.h"
#include "checkers/spent.h"

namespace clew {

// Configurations of one moment, of which none beats another: whatever the other can
// still explain, it can too. It beats one of the same value with the same cas done if
// it saw all that the other saw, used no write that the other still has, owes no write
// that the other does not owe, and spent no more unknown calls.
template <unsigned Words>
class LazyPool {
 public:
  using Config = LazyConfig<Words>;

  void clear() {
    configs_.clear();
    beaten_.clear();
    for (std::size_t i = 0; i < groups_used_; ++i) groups_[i].members.clear();
    groups_used_ = 0;
    heads_.clear();
  }
  // Those that were beaten after they had been added are still counted.
  std::size_t size() const { return configs_.size(); }
  const Config& operator[](std::size_t i) const { return configs_[i]; }
  bool beaten(std::size_t i) const { return beaten_[i] != 0; }
  std::size_t bytes() const {
    return configs_.capacity() * (sizeof(Config) + 1) + heads_.capacity() * 4 +
           groups_.capacity() * sizeof(Group) + bytes_of_members_;
  }

  // Adds the configuration unless another one here beats it; marks those that it beats.
  void keep(const Config& config, const LazyCalls<Words>& calls, const SpentTable& spent) {
    if (configs_.size() < few) {
      if (!meet_few(config, calls, spent)) return;
    } else {
      if (heads_.empty()) group_all(calls, spent);
      if (!meet(group_of(config, calls), member(config, calls, spent, configs_.size()), spent))
        return;
    }
    configs_.push_back(config);
    beaten_.push_back(0);
  }

 private:
  using Set = SlotSet<Words>;
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  static constexpr std::size_t few = 12;  // Up to so many all are looked at.

  // What a configuration has against it; less is better, in each respect.
  struct Member {
    Set lost{};               // Writes that are used up, and what has not been seen.
    Set owed{};               // Writes that are still to happen and cannot hide.
    std::uint64_t kinds = 0;  // A shadow of `spent`.
    std::uint32_t spent = 0;
    std::uint32_t at = 0;  // Into configs_.
    bool bare = false;

    bool beats(const Member& other, const SpentTable& table) const {
      std::uint64_t more = kinds & ~other.kinds;
      for (unsigned i = 0; i < Words; ++i)
        more |= (lost.words[i] & ~other.lost.words[i]) | (owed.words[i] & ~other.owed.words[i]);
      return more == 0 && bare <= other.bare && table.within(spent, other.spent);
    }
  };
  // Those of the same value with the same cas done; only these can be compared.
  struct Group {
    Atom value = nil_atom;
    Set swapped{};
    std::vector<Member> members{};  // That are not beaten.
    std::uint32_t next = none;      // In the same bucket.
  };

  static Member member(const Config& config, const LazyCalls<Words>& calls, const SpentTable& spent,
                       std::size_t at) {
    Member out;
    out.lost = (calls.writes & config.done) | ((calls.reads | calls.refusals) - config.done);
    out.owed = calls.writes - config.done - config.free;
    out.kinds = spent.kinds(config.spent);
    out.spent = config.spent;
    out.at = static_cast<std::uint32_t>(at);
    out.bare = config.bare;
    return out;
  }

  bool meet_few(const Config& config, const LazyCalls<Words>& calls, const SpentTable& spent) {
    const Member one = member(config, calls, spent, 0);
    const Set swapped = config.done & calls.swaps;
    for (std::size_t i = 0; i < configs_.size(); ++i) {
      const Config& other = configs_[i];
      if (beaten_[i] || other.value != config.value || (other.done & calls.swaps) != swapped)
        continue;
      const Member two = member(other, calls, spent, i);
      if (two.beats(one, spent)) return false;
      beaten_[i] = one.beats(two, spent);
    }
    return true;
  }

  bool meet(Group& group, const Member& one, const SpentTable& spent) {
    for (const Member& other : group.members)
      if (other.beats(one, spent)) return false;
    for (std::size_t i = 0; i < group.members.size();) {
      if (!one.beats(group.members[i], spent)) {
        ++i;
        continue;
      }
      beaten_[group.members[i].at] = 1;
      group.members[i] = group.members.back();
      group.members.pop_back();
    }
    const std::size_t before = group.members.capacity();
    group.members.push_back(one);
    bytes_of_members_ += (group.members.capacity() - before) * sizeof(Member);
    return true;
  }

  Group& group_of(const Config& config, const LazyCalls<Words>& calls) {
    const Set swapped = config.done & calls.swaps;
    if (groups_used_ * 2 >= heads_.size()) rehash();
    std::uint32_t& head = heads_[lazy_hash(config.value, swapped) & (heads_.size() - 1)];
    for (std::uint32_t i = head; i != none; i = groups_[i].next)
      if (groups_[i].value == config.value && groups_[i].swapped == swapped) return groups_[i];
    if (groups_used_ == groups_.size()) groups_.emplace_back();
    Group& group = groups_[groups_used_];
    group.value = config.value;
    group.swapped = swapped;
    group.next = head;
    head = static_cast<std::uint32_t>(groups_used_++);
    return group;
  }
  void rehash() {
    heads_.assign(std::max<std::size_t>(64, heads_.size() * 4), none);
    for (std::size_t i = 0; i < groups_used_; ++i) {
      Group& group = groups_[i];
      std::uint32_t& head = heads_[lazy_hash(group.value, group.swapped) & (heads_.size() - 1)];
      group.next = head;
      head = static_cast<std::uint32_t>(i);
    }
  }
  void group_all(const LazyCalls<Words>& calls, const SpentTable& spent) {
    rehash();
    for (std::size_t i = 0; i < configs_.size(); ++i)
      if (!beaten_[i])
        group_of(configs_[i], calls).members.push_back(member(configs_[i], calls, spent, i));
  }

  std::vector<Config> configs_;
  std::vector<std::uint8_t> beaten_;
  std::vector<Group> groups_;         // None while few.
  std::size_t groups_used_ = 0;       // The others keep their memory for later.
  std::vector<std::uint32_t> heads_;  // Of buckets; a power of two of them.
  std::size_t bytes_of_members_ = 0;
};

}  // namespace clew
