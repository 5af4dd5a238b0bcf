#include <cstdio>

#include "harness/cli/commands.h"
#include "harness/lab/capabilities.h"
#include "harness/value.h"
#include "nemesis/clock/clock_look.h"

namespace clew {

namespace {

// Tried on a child, all of it: bent, looked at, put back.
Capability clocks() {
  const std::string why = why_clocks_cannot_be_bent();
  return {.name = "clocks",
          .available = why.empty(),
          .found = why.empty() ? "a child's clock can be changed and put back" : why,
          .cost = "no clock faults",
          .mend = "x86-64, ptrace (above), and a kernel that lets /proc/PID/mem write code"};
}

}  // namespace

int doctor_command(const Arguments& arguments) {
  auto capabilities = probe_capabilities();
  capabilities.push_back(clocks());
  bool able = true;
  for (const Capability& each : capabilities) able = able && (each.available || !each.required);
  if (arguments.voice.json) {
    Value::List list;
    for (const Capability& each : capabilities)
      list.push_back(Value::object({{"name", each.name},
                                    {"available", each.available},
                                    {"required", each.required},
                                    {"found", each.found},
                                    {"cost", each.cost},
                                    {"mend", each.mend}}));
    std::printf("%s\n", to_json(list).c_str());
    return able ? 0 : 4;
  }
  for (const Capability& each : capabilities) {
    std::printf("%-4s %s%s\n", each.available ? "yes" : "no", each.name.c_str(),
                each.found.empty() ? "" : (": " + each.found).c_str());
    if (each.available) continue;
    std::printf("     without it: %s\n     to get it:  %s\n", each.cost.c_str(), each.mend.c_str());
  }
  std::printf("%s\n", able ? "clew can run its tests here." : "clew cannot run its tests here.");
  return able ? 0 : 4;
}

}  // namespace clew
