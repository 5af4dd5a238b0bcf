#include "checkers/held.h"

#include <map>

namespace clew {
namespace {

class Search {
 public:
  Search(const std::vector<RegisterCall>& core, std::size_t seer) : core_(core), seer_(seer) {}

  Held run() {
    out_.known = core_.size() <= 64 && ends_well(0, nil_atom) && steps_ <= max_steps;
    return out_;
  }

 private:
  static constexpr std::size_t max_steps = 20'000;

  bool taken(std::uint64_t mask, std::size_t i) const { return (mask >> i & 1) != 0; }

  bool may_come(std::uint64_t mask, std::size_t i) const {
    for (std::size_t j = 0; j < core_.size(); ++j)
      if (j != seer_ && !taken(mask, j) && core_[j].before(core_[i])) return false;
    return true;
  }

  // Whether the calls that are not in `mask` have an order from here on. Notes on the way back
  // what is so in orders that come to an end.
  bool ends_well(std::uint64_t mask, Atom holds) {
    const auto [it, fresh] = been_.emplace(std::pair(mask, holds), false);
    if (!fresh) return it->second;
    if (++steps_ > max_steps) return false;
    bool good = true;
    for (std::size_t i = 0; i < core_.size(); ++i)
      good = good && (i == seer_ || taken(mask, i) || !core_[i].known());
    for (std::size_t i = 0; i < core_.size(); ++i) {
      if (i == seer_ || taken(mask, i) || !may_come(mask, i)) continue;
      const RegisterCall& call = core_[i];
      if (call.act != Act::write && (call.from == holds) == (call.act == Act::refused)) continue;
      good |= ends_well(mask | std::uint64_t{1} << i, call.mutates() ? call.to : holds);
    }
    been_[{mask, holds}] = good;
    if (good) note(mask, holds);
    return good;
  }

  void note(std::uint64_t mask, Atom holds) {
    const RegisterCall& seer = core_[seer_];
    if ((seer.from == holds) == (seer.act == Act::refused)) return;
    bool early = false, late = false;
    for (std::size_t i = 0; i < core_.size(); ++i) {
      if (i == seer_) continue;
      early |= !taken(mask, i) && core_[i].before(seer);
      late |= taken(mask, i) && seer.before(core_[i]);
    }
    out_.too_early |= early;
    out_.too_late |= late && !early;
    out_.in_time |= !early && !late;
  }

  const std::vector<RegisterCall>& core_;
  const std::size_t seer_;
  std::map<std::pair<std::uint64_t, Atom>, bool> been_;
  std::size_t steps_ = 0;
  Held out_;
};

}  // namespace

Held when_held(const std::vector<RegisterCall>& core, std::size_t seer) {
  return Search(core, seer).run();
}

}  // namespace clew
