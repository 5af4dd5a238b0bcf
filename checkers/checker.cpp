#include "checkers/checker.h"

#include <exception>

namespace clew {

Verdict check_safely(const Checker& checker, const History& history, const Limits& limits,
                     std::stop_token stop) {
  try {
    return checker.check(history, limits, std::move(stop));
  } catch (const std::bad_alloc&) {
    return {.checker = "linearizable",
            .outcome = Outcome::unknown,
            .cause = "memory limit",
            .reason = "out of memory"};
  } catch (const std::exception& e) {
    const std::string cause = std::string("internal error: ") + e.what();
    return {
        .checker = "linearizable", .outcome = Outcome::unknown, .cause = cause, .reason = cause};
  }
}

}  // namespace clew
