#include "checkers/verdict.h"

#include "harness/check.h"

namespace clew {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::valid: return "valid";
    case Outcome::unknown: return "unknown";
    case Outcome::invalid: return "invalid";
  }
  check_failed("a known outcome", __FILE__, __LINE__);
}

}  // namespace clew
