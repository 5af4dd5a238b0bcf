#include "checkers/stats.h"

#include <map>

namespace clew {
namespace {

class Stats final : public Checker {
 public:
  Verdict check(const History& history, const Limits& /*limits*/,
                std::stop_token /*stop*/) const override {
    std::map<std::string, std::pair<std::size_t, std::size_t>> by_function;  // Called, succeeded.
    for (const Op& op : history.ops()) {
      if (op.process < 0) continue;
      auto& [called, succeeded] = by_function[op.f];
      called += op.kind == Kind::invoke ? 1U : 0U;
      succeeded += op.kind == Kind::ok ? 1U : 0U;
    }
    Verdict verdict{.checker = "stats", .outcome = Outcome::valid};
    if (by_function.empty()) return vacuous(verdict, "there is no operation");
    for (const auto& [f, counts] : by_function) {
      const auto& [called, succeeded] = counts;
      verdict.reason += (verdict.reason.empty() ? "" : ", ") + f + " " + std::to_string(succeeded) +
                        " of " + std::to_string(called) + " ok";
    }
    // A cas may rightly be refused each time.
    for (const auto& [f, counts] : by_function)
      if (counts.second == 0 && f != "cas") return vacuous(verdict, "no " + f + " succeeded");
    return verdict;
  }

 private:
  static Verdict vacuous(Verdict& verdict, const std::string& what) {
    verdict.outcome = Outcome::unknown;
    verdict.cause = "vacuous: " + what;
    verdict.reason = what;
    return verdict;
  }
};

}  // namespace

std::unique_ptr<Checker> stats() { return std::make_unique<Stats>(); }

}  // namespace clew
