#include "tests/support/verifier.h"

#include <sstream>

// It is a program of one file, and the tests must try the very file.
#define CLEW_VERIFY_LIBRARY
#include "checkers/verify/clew_verify.cpp"

namespace clew::testing {

Verified verified(const std::string& history, const std::string& certificate) {
  std::istringstream events(history), proof(certificate);
  const clew_verify::Answer answer = clew_verify::verify(events, proof);
  return {answer.first, answer.second};
}

}  // namespace clew::testing
