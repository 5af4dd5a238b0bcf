#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/registry.h"
#include "reports/results.h"

namespace clew {

struct Recording;

// Renders results as one file of the run's folder.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual std::string_view file_name() const = 0;  // "report.html"
  virtual std::string render(const Results& results) const = 0;
  // The same, and what was recorded beside it. Few files show that.
  virtual std::string render(const Results& results, const Recording&) const {
    return render(results);
  }
  // True: it shows that, and gets smaller with less of it.
  virtual bool shows_recording() const { return false; }
};

using ReporterRegistry = Registry<Reporter>;

// The text summary for a terminal. `utf8` off: no symbols beyond ASCII.
std::string text_summary(const Results& results, const std::filesystem::path& run_dir, bool colour,
                         bool utf8);

}  // namespace clew
