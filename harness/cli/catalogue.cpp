#include "harness/cli/catalogue.h"

#include "checkers/models.h"
#include "harness/error.h"
#include "harness/nemesis.h"
#include "harness/system.h"
#include "nemesis/plan.h"
#include "workloads/workload.h"

namespace clew {
namespace {

template <class Interface>
std::vector<Item> plugins() {
  std::vector<Item> items;
  for (const auto& [name, entry] : Registry<Interface>::instance().entries())
    items.push_back({std::string(name), std::string(entry.summary)});
  return items;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<Item> faults() {
  std::vector<Item> items;
  for (const auto& [name, entry] : FaultRegistry::instance().entries()) {
    const auto fault = make_fault({.fault = std::string(name)});
    std::string about = std::string(entry.summary);
    if (!fault->kinds().empty()) about += "; kinds: " + joined(fault->kinds());
    items.push_back({std::string(name), about + "; targets: " + joined(fault->targets())});
  }
  return items;
}

}  // namespace

std::vector<Item> catalogue(const std::string& what) {
  if (what == "systems") return plugins<System>();
  if (what == "workloads") return plugins<Workload>();
  if (what == "faults") return faults();
  if (what == "models") {
    std::vector<Item> items;
    for (const ModelEntry& model : models())
      items.push_back({std::string(model.name), std::string(model.summary)});
    return items;
  }
  if (what == "checkers") {
    return {{"linearizable",
             "is there one order of the calls, within their times, that the model explains?"},
            {"stats", "how many calls of each function succeeded; none at all is no pass"}};
  }
  throw UsageError("there is no list of '" + what + "'");
}

}  // namespace clew
