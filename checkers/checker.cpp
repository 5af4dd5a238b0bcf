#include "checkers/checker.h"

#include <exception>

#include "harness/error.h"

namespace clew {

Verdict check_safely(const Checker& checker, const History& history, const Limits& limits,
                     std::stop_token stop) {
  Verdict verdict;
  verdict.checker = "linearizable";  // The only one with a search that can go wrong.
  try {
    return checker.check(history, limits, std::move(stop));
  } catch (const UsageError&) {
    throw;  // The history is not one that this checker can read: the user must know.
  } catch (const std::bad_alloc&) {
    verdict.cause = "memory limit";
  } catch (const std::exception& error) {
    verdict.cause = std::string("internal error: ") + error.what();
  } catch (...) { verdict.cause = "internal error: something that is no exception was thrown"; }
  verdict.outcome = Outcome::unknown;
  verdict.reason = "The check did not finish: " + verdict.cause + ".";
  return verdict;
}

}  // namespace clew
