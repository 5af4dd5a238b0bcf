#pragma once

#include <string>

#include "reports/markup.h"
#include "reports/results.h"

namespace clew {

// What is known of a run beside its results.
struct SuiteNotes {
  std::string suffix{};      // Of its name, where several runs have the same plan: " #2".
  std::string excuse{};      // Of a known issue: what fails is skipped then.
  std::string attachment{};  // The path of its report.html.
};

// One run as a <testsuite> of JUnit's XML: a test a checker, `coverage`, the gates, and the
// failing keys, at most 50. Names hold neither seed nor time, and none comes twice.
void write_suite(Markup& xml, const Results& results, const SuiteNotes& notes);

// A run that has no results.
void write_broken_suite(Markup& xml, const std::string& name, const std::string& type,
                        const std::string& message);

}  // namespace clew
