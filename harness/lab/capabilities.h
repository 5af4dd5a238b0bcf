#pragma once

#include <string>
#include <vector>

namespace clew {

// One thing that a machine may lack.
struct Capability {
  std::string name{};
  bool available = false;
  std::string costs{};  // What does not work without it.
  std::string mend{};   // How to get it.
};

// Looks at this machine by trying; changes nothing.
std::vector<Capability> probe_capabilities();

}  // namespace clew
