#include "checkers/lazy_register.h"

#include <tuple>

#include "checkers/crew.h"

namespace clew {
namespace {

// Of configurations that one step takes at a time, and of those that are taken
// together before what they lead to is looked through.
constexpr std::size_t portion_least = 64, portion_most = 512, together_most = 32 * portion_most;

}  // namespace

template <unsigned Words>
std::uint32_t LazyRegister<Words>::open(CallId id, const RegisterAct& call, Moment ret,
                                        const Ahead& ahead) {
  const std::uint32_t slot = calls_.open(id, call, ret, ahead);
  for (Config& config : now_) {
    const bool held = config.value == (call.act == Act::write ? call.to : call.from);
    if (call.act == Act::read && held) config.done.add(slot);
    if (call.act == Act::refused && !held) config.done.add(slot);
    if (call.act == Act::write && held) config.free.add(slot);
  }
  return slot;
}

template <unsigned Words>
LazyRegister<Words>::LazyRegister(const Budget& budget, std::size_t width, const Snapshot& from,
                                  bool ordered)
    : LazyRegister(budget, width, ordered) {
  complete_ = from.complete;
  for (const auto& [act, count] : from.unknown)
    for (std::uint32_t i = 0; i < count; ++i) calls_.open_unknown(0, act);
  now_.clear();
  for (const typename Snapshot::Held& held : from.held) {
    Config config;
    config.value = held.value;
    config.spent = spent_.intern(held.spent);
    now_.push_back(config);
  }
}

template <unsigned Words>
typename LazyRegister<Words>::Snapshot LazyRegister<Words>::save() const {
  Snapshot out;
  out.complete = complete_;
  out.held.clear();
  std::vector<std::uint32_t> moved(calls_.kinds.size());
  for (std::size_t kind = 0; kind < calls_.kinds.size(); ++kind) {
    const auto left =
        static_cast<std::uint32_t>(calls_.kinds[kind].calls.size()) - calls_.kinds[kind].spent;
    moved[kind] = static_cast<std::uint32_t>(out.unknown.size());
    if (left > 0) out.unknown.push_back({calls_.kinds[kind].call, left});
  }
  for (const Config& config : now_) {
    out.held.push_back({config.value, {}});
    for (const SpentTable::Count* c = spent_.begin(config.spent); c != spent_.end(config.spent);
         ++c)
      out.held.back().spent.emplace_back(moved[c->first], c->second);
  }
  return out;
}

template <unsigned Words>
bool LazyRegister<Words>::close(std::uint32_t slot) {
  if (out_of_budget()) return false;
  bool all = true;
  for (std::size_t i = 0; i < now_.size() && all; ++i) all = now_[i].done.has(slot);
  if (!all && !extend(slot)) return false;
  for (Config& config : now_) {
    config.done.remove(slot);
    config.free.remove(slot);
  }
  calls_.close(slot);
  if (!all) settle();
  if (trail_.crowded()) {
    std::vector<std::uint32_t*> ends;
    for (Config& config : now_) ends.push_back(&config.trail);
    trail_.keep(ends);
  }
  return true;
}

template <unsigned Words>
bool LazyRegister<Words>::extend(std::uint32_t slot) {
  for (std::size_t p = 0; p < common_.portions; ++p) {
    results_[p].clear();
    work_[p].clear();
    taken_[p] = 0;
  }
  common_.portions = 1;
  const Act act = calls_.slots[slot].call.act;
  if (act == Act::write || act == Act::cas) calls_.forget(slot);  // The last to be used: by name.
  common_.slot = slot;
  common_.plain = calls_.swaps.empty() && calls_.unknown_swaps == 0 && calls_.refusals.empty() &&
                  act != Act::cas;
  if (!common_.plain) calls_.mark_wanted(slot);
  take_all(now_, &Step::start);
  while (over_ == nullptr && waiting() > 0) {
    next_wave();
    take_all(wave_, &Step::advance);
  }
  if (over_ != nullptr) return false;
  now_.clear();
  for (std::size_t p = 0; p < common_.portions; ++p)
    for (std::size_t i = 0; i < results_[p].size(); ++i)
      if (!results_[p].beaten(i)) now_.push_back(results_[p][i]);
  if (now_.size() > width_) narrow();
  return !now_.empty();
}

// How many configurations wait for the next step.
template <unsigned Words>
std::size_t LazyRegister<Words>::waiting() const {
  std::size_t count = 0;
  for (std::size_t p = 0; p < common_.portions; ++p) count += work_[p].size() - taken_[p];
  return count;
}

// As long as they are few one at a time: what it leads to may spare others.
template <unsigned Words>
void LazyRegister<Words>::next_wave() {
  wave_.clear();
  const bool one = waiting() < budget_.worth_sharing;
  for (std::size_t p = 0; p < common_.portions; ++p) {
    for (std::size_t& i = taken_[p]; i < work_[p].size();) {
      const std::size_t at = i++;
      if (work_[p].beaten(at)) continue;
      wave_.push_back(work_[p][at]);
      if (one) return;
    }
  }
}

template <unsigned Words>
void LazyRegister<Words>::take_all(const std::vector<Config>& from, Take take) {
  const std::size_t count = from.size();
  if (count < budget_.worth_sharing) {
    for (std::size_t i = 0; i < count && over_ == nullptr; ++i) take_one(from[i], take);
    return;
  }
  divide();
  for (std::size_t i = 0; i < count && over_ == nullptr; i += together_most)
    take_together(from.data() + i, std::min(together_most, count - i), take);
}

template <unsigned Words>
void LazyRegister<Words>::take_one(const Config& config, Take take) {
  if (out_of_budget()) return;
  (alone_.*take)(config);
  for (std::size_t p = 0; p < common_.portions; ++p) {
    for (const Config& found : alone_.results[p]) results_[p].keep(found, calls_, spent_);
    for (const Config& found : alone_.work[p]) work_[p].keep(found, calls_, spent_);
    alone_.results[p].clear();
    alone_.work[p].clear();
  }
  explored_ += alone_.take_explored();
  complete_ = complete_ && !alone_.narrow();
  over_ = alone_.over();
}

// From now on, until the call has returned, by portions.
template <unsigned Words>
void LazyRegister<Words>::divide() {
  if (common_.portions > 1) return;
  common_.portions = Step::most_portions;
  const auto spread = [this](Pools& pools, std::size_t taken, auto& taken_of) {
    const Pool all = std::exchange(pools[0], {});
    for (auto& pool : pools) pool.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i == taken)
        for (std::size_t p = 0; p < pools.size(); ++p) taken_of[p] = pools[p].size();
      if (!all.beaten(i)) pools[alone_.portion(all[i])].keep(all[i], calls_, spent_);
    }
    if (taken == all.size())
      for (std::size_t p = 0; p < pools.size(); ++p) taken_of[p] = pools[p].size();
  };
  std::array<std::size_t, Step::most_portions> unused{};
  spread(results_, 0, unused);
  spread(work_, taken_[0], taken_);
}

// Each of the crew takes steps from some of them, then looks through what all found in
// some of the portions. The result is the same however many they are.
template <unsigned Words>
void LazyRegister<Words>::take_together(const Config* from, std::size_t count, Take take) {
  const std::size_t each = std::max(portion_least, (count + 31) / 32);
  const std::size_t parts = (count + each - 1) / each;
  while (together_.size() < parts) together_.push_back(std::make_unique<Step>(common_, false));
  common_.bytes = bytes();
  Crew nobody(1);
  Crew& crew = budget_.crew != nullptr ? *budget_.crew : nobody;
  crew.share(parts, [&](std::size_t part) {
    const std::size_t end = std::min(count, (part + 1) * each);
    Step& step = *together_[part];
    for (std::size_t i = part * each; i < end && step.over() == nullptr; ++i) (step.*take)(from[i]);
  });
  for (std::size_t part = 0; part < parts; ++part) {
    Step& step = *together_[part];
    if (step.over() != nullptr) over_ = step.over();
    complete_ = complete_ && !step.narrow();
    explored_ += step.take_explored();
    step.graft();
  }
  std::array<const char*, Step::most_portions> over{};
  crew.share(common_.portions, [&](std::size_t p) { over[p] = collect(p, parts); });
  for (const char* why : over)
    if (why != nullptr) over_ = why;
  for (std::size_t part = 0; part < parts; ++part) together_[part]->clear();
}

// Looks through one portion of what was found. Returns why to stop, if so.
template <unsigned Words>
const char* LazyRegister<Words>::collect(std::size_t portion, std::size_t parts) {
  std::size_t seen = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    const Step& step = *together_[part];
    for (const auto& [found, pool] : {std::pair(&step.results[portion], &results_[portion]),
                                      std::pair(&step.work[portion], &work_[portion])}) {
      for (const Config& config : *found) {
        pool->keep(step.grafted(config), calls_, spent_);
        if ((++seen & 255) != 0) continue;
        if (const char* over = budget_.over(common_.bytes + common_.more_bytes)) return over;
      }
    }
  }
  return nullptr;
}

// Keeps the configurations that have most left to go on with, of as many values as can be.
template <unsigned Words>
void LazyRegister<Words>::narrow() {
  complete_ = false;
  const auto promise = [this](const Config& config) {
    int sum = 0;
    for (unsigned i = 0; i < Words; ++i) {
      const std::uint64_t done = config.done.words[i];
      sum += 2 * __builtin_popcountll(calls_.writes.words[i] & ~done);
      sum += 2 *
             __builtin_popcountll(
                 (calls_.reads.words[i] | calls_.swaps.words[i] | calls_.refusals.words[i]) & done);
      sum -= __builtin_popcountll(calls_.writes.words[i] & ~done & ~config.free.words[i]);
    }
    for (const SpentTable::Count* c = spent_.begin(config.spent); c != spent_.end(config.spent);
         ++c)
      sum -= static_cast<int>(c->second);
    return sum;
  };
  ranked_.clear();
  for (std::uint32_t i = 0; i < now_.size(); ++i) ranked_.push_back({0, -promise(now_[i]), i});
  std::sort(ranked_.begin(), ranked_.end(), [this](const Ranked& a, const Ranked& b) {
    return std::tuple(now_[a.at].value, a.loss, a.at) < std::tuple(now_[b.at].value, b.loss, b.at);
  });
  for (std::size_t i = 1; i < ranked_.size(); ++i)
    if (now_[ranked_[i].at].value == now_[ranked_[i - 1].at].value)
      ranked_[i].place = ranked_[i - 1].place + 1;
  std::sort(ranked_.begin(), ranked_.end(), [](const Ranked& a, const Ranked& b) {
    return std::tuple(a.place, a.loss, a.at) < std::tuple(b.place, b.loss, b.at);
  });
  std::vector<Config> best;
  for (std::size_t i = 0; i < width_; ++i) best.push_back(now_[ranked_[i].at]);
  now_.swap(best);
}

// What every configuration has spent is spent for good.
template <unsigned Words>
void LazyRegister<Words>::settle() {
  if (spent_.nothing_kept()) return;
  if (now_.size() == 1) {
    const std::uint32_t spent = now_[0].spent;
    for (const SpentTable::Count* c = spent_.begin(spent); c != spent_.end(spent); ++c)
      calls_.kinds[c->first].spent += c->second;
    now_[0].spent = 0;
    spent_.clear();
    return;
  }
  if ((++settling_ & 63) != 0) return;
  std::vector<SpentTable::Count> common(spent_.begin(now_[0].spent), spent_.end(now_[0].spent));
  for (std::size_t i = 1; i < now_.size() && !common.empty(); ++i) {
    for (auto& [kind, count] : common) count = std::min(count, spent_.of(now_[i].spent, kind));
    std::erase_if(common, [](const auto& entry) { return entry.second == 0; });
  }
  SpentTable fresh;
  for (Config& config : now_) {
    std::vector<SpentTable::Count> rest(spent_.begin(config.spent), spent_.end(config.spent));
    for (auto& [kind, count] : rest)
      for (const auto& [settled, times] : common)
        if (settled == kind) count -= times;
    std::erase_if(rest, [](const auto& entry) { return entry.second == 0; });
    config.spent = fresh.intern(rest);
  }
  for (const auto& [kind, count] : common) calls_.kinds[kind].spent += count;
  spent_ = std::move(fresh);
}

template <unsigned Words>
std::size_t LazyRegister<Words>::bytes() const {
  std::size_t sum = (now_.capacity() + wave_.capacity()) * sizeof(Config) + trail_.bytes() +
                    calls_.live.capacity() * sizeof(calls_.live[0]) + spent_.bytes();
  for (std::size_t p = 0; p < common_.portions; ++p) sum += results_[p].bytes() + work_[p].bytes();
  return sum;
}

template <unsigned Words>
bool LazyRegister<Words>::out_of_budget() {
  if ((++steps_ & 255) == 0) {
    common_.bytes = bytes();
    over_ = budget_.over(common_.bytes);
  }
  return over_ != nullptr;
}

template class LazyRegister<1>;
template class LazyRegister<2>;
template class LazyRegister<4>;
template class LazyRegister<8>;

}  // namespace clew
