#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "checkers/engine.h"

namespace clew {

// Wing and Gong's search with Lowe's memory of (calls taken, state): slow and
// plain. It shares no idea with the frontier but the model, so it is the second
// opinion on every `invalid`.
template <Model M>
class Wgl {
 public:
  Wgl(const std::vector<Call<M>>& calls, const Budget& budget, std::uint64_t max_steps)
      : calls_(calls), budget_(budget), max_steps_(max_steps) {}

  Finding decide() {
    link();
    Finding finding;
    std::size_t left = 0;
    for (const Call<M>& call : calls_) left += call.known();
    auto state = M::initial();
    std::vector<std::uint64_t> taken((calls_.size() + 63) / 64, 0);
    std::size_t at = next_[head()];
    while (left > 0) {
      if ((++finding.configurations & 255) == 0 || finding.configurations > max_steps_) {
        const char* over = budget_.over(bytes_);
        if (finding.configurations > max_steps_) over = "step limit";
        if (over) {
          finding.answer = Answer::unknown;
          finding.cause = over;
          return finding;
        }
      }
      const bool entry = at < calls_.size();
      if (entry && step(static_cast<CallId>(at), state, taken)) {
        left -= calls_[at].known();
        at = next_[head()];
        continue;
      }
      if (entry) {
        at = next_[at];
        continue;
      }
      if (path_.empty()) {  // A call returned that no order could take.
        finding.answer = Answer::invalid;
        return finding;
      }
      const auto [last, before] = std::move(path_.back());
      path_.pop_back();
      state = before;
      taken[last / 64] ^= std::uint64_t{1} << (last % 64);
      unlift(last);
      left += calls_[last].known();
      at = next_[last];
    }
    finding.answer = Answer::valid;
    for (const auto& [id, before] : path_) finding.order.push_back(id);
    return finding;
  }

 private:
  // Entries of the list: n calls, then their n returns, then the head.
  std::size_t head() const { return 2 * calls_.size(); }

  void link() {
    const std::size_t n = calls_.size();
    std::vector<std::pair<Position, std::size_t>> events;
    for (std::size_t i = 0; i < n; ++i) {
      events.emplace_back(calls_[i].inv, i);
      if (calls_[i].known()) events.emplace_back(calls_[i].ret, n + i);
    }
    std::sort(events.begin(), events.end());
    next_.assign(2 * n + 1, head());
    previous_.assign(2 * n + 1, head());
    std::size_t last = head();
    for (const auto& [position, entry] : events) {
      next_[last] = entry;
      previous_[entry] = last;
      last = entry;
    }
    next_[last] = head();
    previous_[head()] = last;
  }

  bool step(CallId id, typename M::State& state, std::vector<std::uint64_t>& taken) {
    auto next = state;
    const auto output = M::apply(next, calls_[id].input);
    if (calls_[id].known() && !same_answer<M>(output, calls_[id].output)) return false;
    taken[id / 64] ^= std::uint64_t{1} << (id % 64);
    if (!remember(taken, next)) {
      taken[id / 64] ^= std::uint64_t{1} << (id % 64);
      return false;
    }
    path_.emplace_back(id, std::move(state));
    state = std::move(next);
    lift(id);
    return true;
  }

  bool remember(const std::vector<std::uint64_t>& taken, const typename M::State& state) {
    std::size_t hash = M::hash(state);
    for (const std::uint64_t word : taken) hash = hash_all({hash, word});
    const auto [first, last] = seen_.equal_range(hash);
    for (auto it = first; it != last; ++it)
      if (it->second.first == taken && it->second.second == state) return false;
    seen_.emplace(hash, std::pair(taken, state));
    bytes_ += taken.size() * 8 + sizeof(state) + heap_bytes(state) + 64;
    return true;
  }

  void unlink(std::size_t entry) {
    next_[previous_[entry]] = next_[entry];
    previous_[next_[entry]] = previous_[entry];
  }
  void relink(std::size_t entry) {
    next_[previous_[entry]] = entry;
    previous_[next_[entry]] = entry;
  }
  void lift(CallId id) {
    unlink(id);
    if (calls_[id].known()) unlink(calls_.size() + id);
  }
  void unlift(CallId id) {
    if (calls_[id].known()) relink(calls_.size() + id);
    relink(id);
  }

  const std::vector<Call<M>>& calls_;
  const Budget& budget_;
  const std::uint64_t max_steps_;
  std::vector<std::size_t> next_, previous_;
  std::vector<std::pair<CallId, typename M::State>> path_;
  std::unordered_multimap<std::size_t, std::pair<std::vector<std::uint64_t>, typename M::State>>
      seen_;
  std::size_t bytes_ = 0;
};

}  // namespace clew
