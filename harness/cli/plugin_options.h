#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/options.h"
#include "harness/registry.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace clew {

// The options that plug-ins declare, merged by name, and what was typed for each.
class PluginOptions {
 public:
  template <class Interface>
  void declare(CLI::App& command, const std::string& group) {
    for (const auto& [name, entry] : Registry<Interface>::instance().entries())
      for (const OptionSpec& spec : entry.options) declare(command, group, std::string(name), spec);
  }

  // Throws UsageError if an option was given that none of `chosen` understands.
  Options take(const std::set<std::string>& chosen);

 private:
  void declare(CLI::App& command, const std::string& group, const std::string& owner,
               const OptionSpec& spec);

  std::map<std::string, std::vector<std::string>> values_{};
  std::map<std::string, std::set<std::string>> owners_{};
  std::map<std::string, CLI::Option*> given_{};
};

}  // namespace clew
