#include <cstdio>

#include "harness/cli/commands.h"
#include "harness/lab/capabilities.h"
#include "harness/value.h"

namespace clew {

int doctor_command(const Arguments& arguments) {
  const auto capabilities = probe_capabilities();
  if (arguments.voice.json) {
    Value::List list;
    for (const Capability& each : capabilities)
      list.push_back(Value::object({{"name", each.name},
                                    {"available", each.available},
                                    {"costs", each.costs},
                                    {"mend", each.mend}}));
    std::printf("%s\n", to_json(list).c_str());
    return 0;
  }
  bool all = true;
  for (const Capability& each : capabilities) {
    std::printf("%-4s %s\n", each.available ? "yes" : "no", each.name.c_str());
    if (each.available) continue;
    all = false;
    std::printf("     without it: %s\n     to get it:  %s\n", each.costs.c_str(),
                each.mend.c_str());
  }
  std::printf("%s\n",
              all ? "This machine can do all that clew can." : "Everything else works here.");
  return 0;
}

}  // namespace clew
