#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "checkers/register_rules.h"

namespace clew {

// Makes a failing set of calls as small as it gets (Zeller & Hildebrandt 2002,
// delta debugging), taking out closed units only. `fails` says whether a subset
// still shows the same failure; it may answer false because it ran out of time.
struct Shrunk {
  std::vector<std::size_t> calls{};  // Positions in the original, ascending.
  bool minimal = false;              // Without any one unit it does not fail any more.
};

template <class Fails>
Shrunk shrink(const std::vector<Call<CasRegister>>& all, std::vector<std::size_t> current,
              const Fails& fails, const std::function<bool()>& time_left) {
  const auto pick = [&](const std::vector<std::size_t>& positions) {
    std::vector<Call<CasRegister>> calls;
    for (const std::size_t i : positions) calls.push_back(all[i]);
    return calls;
  };
  std::size_t chunk = current.size();
  for (;;) {
    // Largest first, so that most of a long history is gone after a few tries.
    auto units = closed_units(pick(current));
    chunk = std::min(std::max<std::size_t>(1, chunk / 2), std::max<std::size_t>(1, units.size()));
    bool removed = false;
    for (std::size_t at = 0; at < units.size() && !removed; at += chunk) {
      if (!time_left()) return {.calls = current, .minimal = false};
      std::vector<bool> out(current.size());
      for (std::size_t u = at; u < std::min(units.size(), at + chunk); ++u)
        for (const std::size_t i : units[u]) out[i] = true;
      std::vector<std::size_t> rest;
      for (std::size_t i = 0; i < current.size(); ++i)
        if (!out[i]) rest.push_back(current[i]);
      if (rest.empty() || rest.size() == current.size() || !fails(pick(rest))) continue;
      current = std::move(rest);
      removed = true;
    }
    if (removed) {
      chunk *= 2;  // The same size once more.
    } else if (chunk == 1) {
      return {.calls = current, .minimal = true};
    }
  }
}

}  // namespace clew
