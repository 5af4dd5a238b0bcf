#pragma once

#include <string>
#include <vector>

namespace clew {

// One thing that the lab can use where the machine has it.
struct Capability {
  std::string name{};  // "namespaces"
  bool available = false;
  std::string found{};    // What the probe saw: "as a plain user", an errno's text.
  std::string cost{};     // What is lost without it.
  std::string mend{};     // The command that brings it; empty when it is there.
  bool required = false;  // Without it there is no lab at all.
};

// Tries each on this machine, for this user, right now: nothing is concluded
// from versions. For `clew doctor`. Call it while the process has one thread.
std::vector<Capability> probe_capabilities();

}  // namespace clew
