#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "checkers/checker.h"
#include "checkers/fail_means.h"

namespace clew {

struct ModelEntry {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Checker> (*make)(FailMeans fail_means);
};

// All models by name, for the command line.
std::span<const ModelEntry> models();

// The linearizability checker for the model `name`. Throws UsageError, with the
// nearest name, if there is none.
std::unique_ptr<Checker> linearizable_by_name(std::string_view name,
                                              FailMeans fail_means = FailMeans::observed);

}  // namespace clew
