#include "checkers/models.h"

#include <array>
#include <string>
#include <vector>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/rw_register.h"
#include "harness/nearest.h"

namespace clew {
namespace {

template <Model M>
std::unique_ptr<Checker> make(FailMeans fail_means) {
  LinearizableOptions options;
  options.fail_means = fail_means;
  return linearizable<M>(options);
}

constexpr std::array<ModelEntry, 2> all = {{
    {CasRegister::name, "one value: read, write, compare-and-set; at first nil",
     &make<CasRegister>},
    {RwRegister::name, "one value: read, write; at first nil", &make<RwRegister>},
}};

}  // namespace

std::span<const ModelEntry> models() { return all; }

std::unique_ptr<Checker> linearizable_by_name(std::string_view name, FailMeans fail_means) {
  std::vector<std::string> known;
  for (const ModelEntry& entry : all) {
    if (entry.name == name) return entry.make(fail_means);
    known.emplace_back(entry.name);
  }
  throw UsageError(unknown_name("model", name, known));
}

}  // namespace clew
