#pragma once

#include <gtest/gtest.h>

#include "checkers/models.h"
#include "harness/error.h"
#include "tests/support/calls.h"

namespace clew::testing {

using Calls = std::vector<Called>;

inline Verdict judged(const std::string& model, const Calls& calls, const std::string& key = {}) {
  return linearizable_by_name(model)->check(history_of_calls(calls, key), {}, {});
}

inline void accepts(const std::string& model, const Calls& calls, const std::string& key = {}) {
  const Verdict verdict = judged(model, calls, key);
  EXPECT_EQ(verdict.outcome, Outcome::valid)
      << (verdict.counterexamples.empty() ? "" : verdict.counterexamples[0].sentence);
}

// And says why by this name.
inline void rejects(const std::string& model, const Calls& calls,
                    const std::string& anomaly = "non-linearizable", const std::string& key = {}) {
  const Verdict verdict = judged(model, calls, key);
  ASSERT_EQ(verdict.outcome, Outcome::invalid);
  ASSERT_EQ(verdict.counterexamples.size(), 1U);
  EXPECT_EQ(verdict.counterexamples[0].anomaly, anomaly) << verdict.counterexamples[0].sentence;
}

// One line that names the event.
inline void misunderstands(const std::string& model, const Calls& calls, const std::string& part) {
  try {
    judged(model, calls);
    FAIL() << "it should have refused";
  } catch (const UsageError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("event "), std::string::npos) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace clew::testing
