#include "checkers/core.h"

#include <algorithm>

namespace clew {
namespace {

// Takes away larger parts first, then single calls, until nothing more can go.
// `without(chosen, from, to)` is `chosen` less the calls at [from, to) and more if need be.
template <class Without>
Core take_away(std::vector<CallId> chosen, const Without& without, const HasNoOrder& has_no_order,
               const Budget& budget) {
  for (std::size_t part = std::max<std::size_t>(chosen.size() / 2, 1);;) {
    bool changed = false;
    for (std::size_t at = 0; at < chosen.size();) {
      if (budget.over(0)) return {std::move(chosen), false};
      const std::size_t end = std::min(at + part, chosen.size());
      std::vector<CallId> rest = without(chosen, at, end);
      if (rest.size() < chosen.size() && has_no_order(rest)) {
        chosen = std::move(rest);
        changed = true;
      } else {
        at = end;
      }
    }
    if (part == 1 && !changed) return {std::move(chosen), true};
    part = std::max<std::size_t>(part / 2, 1);
  }
}

std::vector<CallId> all_of(std::size_t count) {
  std::vector<CallId> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<CallId>(i);
  return all;
}

}  // namespace

Sources::Sources(const std::vector<RegisterCall>& calls) : calls_(calls) {
  for (CallId id = 0; id < calls.size(); ++id) {
    const RegisterCall& call = calls[id];
    if (!call.mutates()) continue;
    mutators_.push_back(id);
    if (call.to >= writers_.size()) writers_.resize(call.to + 1);
    writers_[call.to].push_back(id);
    if (call.known()) barriers_.emplace_back(call.ret, call.inv);
  }
  std::sort(barriers_.begin(), barriers_.end());
  for (std::size_t i = 1; i < barriers_.size(); ++i)
    barriers_[i].second = std::max(barriers_[i].second, barriers_[i - 1].second);
}

// What returned before this is overwritten for certain by the time `at`.
Position Sources::overwritten_before(Position at) const {
  const auto it = std::lower_bound(barriers_.begin(), barriers_.end(), std::pair(at, Position{-1}));
  return it == barriers_.begin() ? -1 : std::prev(it)->second;
}

std::vector<CallId> Sources::of(CallId observer) const {
  const RegisterCall& call = calls_[observer];
  std::vector<CallId> out;
  if (call.act == Act::write) return out;
  const Position barrier = overwritten_before(call.inv);
  const bool refused = call.act == Act::refused;
  if (!refused && call.from >= writers_.size()) return out;
  const std::vector<CallId>& writers = refused ? mutators_ : writers_[call.from];
  CallId closest = observer;  // Overwritten, but last of those; else the next in the future.
  for (const CallId id : writers) {
    const RegisterCall& writer = calls_[id];
    if (id == observer || (refused && writer.to == call.from)) continue;
    if (writer.inv > call.ret) {
      if (closest == observer) closest = id;
      break;
    }
    if (writer.ret >= barrier) {
      out.push_back(id);
    } else if (closest == observer || writer.ret > calls_[closest].ret) {
      closest = id;
    }
  }
  if (out.empty() && !refused && call.from != nil_atom && closest != observer)
    out.push_back(closest);
  return out;
}

std::vector<CallId> Sources::closure(std::vector<CallId> chosen) const {
  std::vector<std::uint8_t> in(calls_.size(), 0);
  for (const CallId id : chosen) in[id] = 1;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    for (const CallId id : of(chosen[i]))
      if (!in[id]) in[id] = 1, chosen.push_back(id);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<CallId> Sources::without(const std::vector<CallId>& chosen, std::size_t from,
                                     std::size_t to) const {
  std::vector<CallId> rest(chosen);
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(from),
             rest.begin() + static_cast<std::ptrdiff_t>(to));
  for (std::size_t before = rest.size() + 1; before != rest.size();) {
    before = rest.size();
    const auto present = [&](CallId id) {
      return std::binary_search(rest.begin(), rest.end(), id);
    };
    std::vector<CallId> kept;
    for (const CallId id : rest) {
      const auto sources = of(id);
      if (std::all_of(sources.begin(), sources.end(), present)) kept.push_back(id);
    }
    rest.swap(kept);
  }
  return rest;
}

Core shrink(const std::vector<RegisterCall>& calls, const Finding& finding,
            const HasNoOrder& has_no_order, const Budget& budget) {
  const Sources sources(calls);
  const auto without = [&](const std::vector<CallId>& chosen, std::size_t from, std::size_t to) {
    return sources.without(chosen, from, to);
  };
  // What the engine pointed at is usually all that is needed.
  if (finding.dead == never && !finding.suspects.empty()) {
    auto few = sources.closure(finding.suspects);
    if (has_no_order(few)) return take_away(std::move(few), without, has_no_order, budget);
  }
  // Else the last calls before the end, more and more of them.
  std::vector<CallId> before;
  for (CallId id = 0; id < calls.size() && calls[id].inv < finding.dead; ++id) before.push_back(id);
  for (std::size_t last = 16; last < before.size(); last *= 4) {
    if (budget.over(0)) break;
    auto some = sources.closure({before.end() - static_cast<std::ptrdiff_t>(last), before.end()});
    if (some.size() * 2 > before.size()) break;
    if (has_no_order(some)) return take_away(std::move(some), without, has_no_order, budget);
  }
  auto most = sources.closure(std::move(before));
  if (has_no_order(most)) return take_away(std::move(most), without, has_no_order, budget);
  auto all = all_of(calls.size());
  if (has_no_order(all)) return take_away(std::move(all), without, has_no_order, budget);
  return {};
}

namespace {

// `from` less its pure calls at which `goes` and, if no call that is left looks
// at all units, less all calls of each unit of which `goes`.
template <class Goes>
std::vector<CallId> less(const std::vector<CallId>& from, const Parts& parts, const Goes& goes) {
  std::vector<CallId> rest;
  bool looks_at_all = false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (parts.pure[from[i]] && goes(i)) continue;
    rest.push_back(from[i]);
    looks_at_all |= parts.unit[from[i]] == every_unit;
  }
  if (looks_at_all) return rest;
  std::vector<Atom> units;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (goes(i) && parts.unit[from[i]] != no_unit) units.push_back(parts.unit[from[i]]);
  std::sort(units.begin(), units.end());
  std::erase_if(rest, [&](CallId id) {
    return std::binary_search(units.begin(), units.end(), parts.unit[id]);
  });
  return rest;
}

}  // namespace

Core shrink_plainly(std::vector<CallId> chosen, const Parts& parts, const Finding& finding,
                    const HasNoOrder& has_no_order, const Budget& budget) {
  const auto without = [&](const std::vector<CallId>& from, std::size_t begin, std::size_t end) {
    return less(from, parts, [&](std::size_t i) { return begin <= i && i < end; });
  };
  // What the engine pointed at, with all that is about the same.
  std::vector<Atom> units;
  for (const CallId id : finding.suspects) units.push_back(parts.unit[id]);
  const auto suspect = [&](std::size_t i) {
    const CallId id = chosen[i];
    if (std::find(finding.suspects.begin(), finding.suspects.end(), id) != finding.suspects.end())
      return true;
    return parts.unit[id] < every_unit &&
           std::find(units.begin(), units.end(), parts.unit[id]) != units.end();
  };
  auto few = less(chosen, parts, [&](std::size_t i) { return !suspect(i); });
  if (few.size() < chosen.size() && has_no_order(few))
    return {take_away(std::move(few), without, has_no_order, budget).calls, false};
  if (!has_no_order(chosen)) return {};
  return {take_away(std::move(chosen), without, has_no_order, budget).calls, false};
}

}  // namespace clew
