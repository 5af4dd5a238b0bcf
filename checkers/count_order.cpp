#include "checkers/count_order.h"

#include <algorithm>
#include <queue>

namespace clew {
namespace {

// The k-th step lies after every invocation of a call that saw less, and before every
// return of one that saw as much or more. These windows move on with k, so which
// steps fill them is a matter of who must go first.
class Steps {
 public:
  explicit Steps(const std::vector<CountCall>& calls) : calls_(calls) {}

  Finding decide() {
    if (!find_windows()) return std::move(finding_);
    std::vector<std::vector<CallId>> ready(last_ + 2);  // By the first window they fit in.
    for (CallId id = 0; id < calls_.size(); ++id)
      if (calls_[id].steps && !calls_[id].sees) ready[first_window(calls_[id])].push_back(id);
    for (const CallId id : seers_[0]) finding_.order.push_back(id);
    for (std::size_t k = 1; k <= last_; ++k) {
      for (const CallId id : ready[k]) waiting_.emplace(calls_[id].ret, id);
      if (!fill(k)) {
        accuse({beyond_[k]});
        return std::move(finding_);
      }
      for (const CallId id : seers_[k])
        if (!calls_[id].steps) finding_.order.push_back(id);
    }
    for (const CallId id : ready[last_ + 1]) waiting_.emplace(calls_[id].ret, id);
    if (!place_the_rest()) return std::move(finding_);
    finding_.answer = Answer::valid;
    return std::move(finding_);
  }

 private:
  using Entry = std::pair<Position, CallId>;
  static constexpr CallId nobody = static_cast<CallId>(-1);

  bool find_windows() {
    std::size_t steps = 0;
    for (const CountCall& call : calls_) steps += call.steps;
    for (CallId id = 0; id < calls_.size(); ++id) {
      const CountCall& call = calls_[id];
      if (!call.known() || !call.sees) continue;
      const std::int64_t least = call.steps ? 1 : 0;
      if (call.count < least || call.count > static_cast<std::int64_t>(steps)) {
        accuse({id});
        return false;
      }
      last_ = std::max(last_, static_cast<std::size_t>(call.count));
    }
    opens_.assign(last_ + 2, -1);
    closes_.assign(last_ + 2, never);
    owner_.assign(last_ + 2, nobody);
    beyond_.assign(last_ + 2, nobody);
    seers_.resize(last_ + 1);
    for (CallId id = 0; id < calls_.size(); ++id)
      if (calls_[id].known() && calls_[id].sees && !enter(id)) return false;
    for (std::size_t k = 1; k < opens_.size(); ++k) opens_[k] = std::max(opens_[k], opens_[k - 1]);
    for (std::size_t k = closes_.size() - 1; k-- > 0;) {
      if (closes_[k + 1] < closes_[k]) closes_[k] = closes_[k + 1], beyond_[k] = beyond_[k + 1];
    }
    return true;
  }

  bool enter(CallId id) {
    const CountCall& call = calls_[id];
    const auto count = static_cast<std::size_t>(call.count);
    seers_[count].push_back(id);
    opens_[count + 1] = std::max(opens_[count + 1], call.inv);
    if (call.ret < closes_[count]) closes_[count] = call.ret, beyond_[count] = id;
    if (!call.steps) return true;
    if (owner_[count] != nobody) {
      accuse({owner_[count], id});
      return false;
    }
    owner_[count] = id;
    opens_[count] = std::max(opens_[count], call.inv);
    return true;
  }

  // The first window that closes after the call began.
  std::size_t first_window(const CountCall& call) const {
    const auto at = std::upper_bound(closes_.begin() + 1, closes_.end() - 1, call.inv);
    return static_cast<std::size_t>(at - closes_.begin());
  }

  // Who must go first takes the k-th step, if the window is still open to it.
  bool fill(std::size_t k) {
    if (opens_[k] > closes_[k]) return false;
    CallId id = owner_[k];
    if (id == nobody) {
      if (waiting_.empty()) return false;
      id = waiting_.top().second;
      waiting_.pop();
    }
    finding_.order.push_back(id);
    return calls_[id].ret >= opens_[k];
  }

  // Nobody saw what is left: it comes after all that was seen. Of unknown outcome: not at all.
  bool place_the_rest() {
    for (; !waiting_.empty(); waiting_.pop()) {
      const CallId id = waiting_.top().second;
      if (!calls_[id].known()) break;
      if (calls_[id].ret < opens_[last_ + 1]) {
        accuse({id});
        return false;
      }
      finding_.order.push_back(id);
    }
    return true;
  }

  void accuse(std::vector<CallId> suspects) {
    finding_.answer = Answer::invalid;
    finding_.order.clear();
    std::erase(suspects, nobody);
    finding_.suspects = std::move(suspects);
  }

  const std::vector<CountCall>& calls_;
  std::size_t last_ = 0;                    // The most steps that anybody saw.
  std::vector<Position> opens_, closes_;    // Of the window of each step.
  std::vector<CallId> owner_;               // Who saw itself take the step.
  std::vector<CallId> beyond_;              // Whose return closes it.
  std::vector<std::vector<CallId>> seers_;  // By what they saw.
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> waiting_;  // By return.
  Finding finding_;
};

}  // namespace

Finding decide_count(const std::vector<CountCall>& calls) { return Steps(calls).decide(); }

}  // namespace clew
