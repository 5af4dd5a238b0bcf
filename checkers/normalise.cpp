#include "checkers/normalise.h"

namespace clew {

void refuse_function(const Op& op, std::string_view model,
                     std::span<const std::string_view> functions) {
  std::string known;
  for (const std::string_view f : functions) known += (known.empty() ? "" : ", ") + std::string(f);
  throw UsageError("event " + std::to_string(op.index) + ": the model " + std::string(model) +
                   " has no function '" + op.f + "' (it has " + known +
                   "); choose another model with --model");
}

}  // namespace clew
