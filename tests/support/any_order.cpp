#include "tests/support/any_order.h"

#include <set>

#include "harness/error.h"

namespace clew::testing {
namespace {

class Search {
 public:
  Search(const std::vector<Attempt>& calls, const Program& program)
      : calls_(calls), program_(program) {
    if (calls.size() > 20) throw HarnessError("too many calls to try all orders");
  }

  bool from(unsigned done, const Value& state) {
    bool finished = true;
    for (std::size_t i = 0; i < calls_.size(); ++i)
      finished &= (done >> i & 1U) != 0 || !calls_[i].certain;
    if (finished) return true;
    if (!seen_.emplace(done, to_json(state)).second) return false;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1U) != 0 || !may_come(done, i)) continue;
      for (const Outcome& outcome : program_.outcomes(state, calls_[i])) {
        if (calls_[i].certain && !program_.tells(outcome.answer, calls_[i].answer)) continue;
        if (from(done | 1U << i, outcome.next)) return true;
      }
    }
    return false;
  }

 private:
  // Nobody else that must come has ended before this began.
  bool may_come(unsigned done, std::size_t i) const {
    for (std::size_t j = 0; j < calls_.size(); ++j)
      if ((done >> j & 1U) == 0 && calls_[j].certain && calls_[j].to < calls_[i].from) return false;
    return true;
  }

  const std::vector<Attempt>& calls_;
  const Program& program_;
  std::set<std::pair<unsigned, std::string>> seen_;
};

}  // namespace

bool any_order(const std::vector<Attempt>& calls, const Program& program) {
  return Search(calls, program).from(0, program.start());
}

}  // namespace clew::testing
