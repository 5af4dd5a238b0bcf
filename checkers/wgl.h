#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "checkers/answer.h"
#include "checkers/budget.h"

namespace clew {

// The reference: depth-first over all orders, remembering which (set of calls,
// state) led nowhere (Wing & Gong 1993, with Lowe's cache, 2017). It knows no
// tricks and shares none with the other engines: it re-proves what they call
// invalid on the small part that they name. Exact keys, never hashes alone.
template <Model M>
class Wgl {
 public:
  Wgl(const std::vector<Call<M>>& calls, Budget& budget)
      : calls_(calls), budget_(budget), taken_(calls.size(), '0') {}

  Answer decide() {
    Answer answer{};
    for (const Call<M>& call : calls_) known_left_ += call.known() ? 1U : 0U;
    const bool found = search(M::initial());
    answer.configurations = seen_.size();
    if (!budget_.cause().empty() && !found) {
      answer.kind = Answer::Kind::unknown;
    } else {
      answer.kind = found ? Answer::Kind::valid : Answer::Kind::invalid;
      answer.order = order_;
    }
    return answer;
  }

  // The longest order that breaks no rule, though it may leave calls over.
  const std::vector<std::size_t>& longest() const { return longest_; }

 private:
  bool search(const typename M::State& state) {
    if (order_.size() > longest_.size()) longest_ = order_;
    if (known_left_ == 0) return true;  // Unknown calls may never have happened.
    if (!budget_.allows(seen_.size() * (calls_.size() + 64))) return false;
    if (!seen_
             .insert(taken_ + ":" + std::to_string(M::hash(state)) + ":" +
                     std::to_string(state_number(state)))
             .second)
      return false;
    Nanos horizon = Nanos::max();  // Nothing may be placed that was invoked after this.
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if (taken_[i] == '0') horizon = std::min(horizon, calls_[i].returned);
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call<M>& call = calls_[i];
      if (taken_[i] != '0' || call.invoked > horizon) continue;
      typename M::State next = state;
      const auto output = M::apply(next, call.input);
      if (call.known() && !(output == *call.output)) continue;
      taken_[i] = '1';
      order_.push_back(i);
      known_left_ -= call.known() ? 1U : 0U;
      if (search(next)) return true;
      known_left_ += call.known() ? 1U : 0U;
      order_.pop_back();
      taken_[i] = '0';
    }
    return false;
  }

  // Equal states, and no others, have equal numbers.
  std::size_t state_number(const typename M::State& state) {
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (states_[i] == state) return i;
    states_.push_back(state);
    return states_.size() - 1;
  }

  const std::vector<Call<M>>& calls_;
  Budget& budget_;
  std::string taken_;
  std::size_t known_left_ = 0;
  std::vector<std::size_t> order_, longest_;
  std::vector<typename M::State> states_;
  std::unordered_set<std::string> seen_;
};

}  // namespace clew
