#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/options.h"

namespace clew {

// Named factories for one kind of plug-in. A plug-in file adds itself with a
// namespace-scope `const Register<Fault, Pause> registered;` and has
//   static constexpr std::string_view name, summary;
//   static constexpr std::array<OptionSpec, N> options;   (may be empty)
//   explicit Plugin(const Options&);
// Link plug-ins as OBJECT libraries: a static library drops them.
template <class Interface>
class Registry {
 public:
  struct Entry {
    std::string_view summary;
    std::span<const OptionSpec> options;
    std::function<std::unique_ptr<Interface>(const Options& options)> make;
  };

  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  void add(std::string_view name, Entry entry) {
    if (!entries_.emplace(name, std::move(entry)).second)
      throw HarnessError("two plug-ins named " + std::string(name));
  }

  // Throws UsageError("unknown <what> 'x'; did you mean 'y'? known: ...").
  const Entry& find(std::string_view what, std::string_view name) const {
    const auto it = entries_.find(name);
    if (it != entries_.end()) return it->second;
    std::vector<std::string> known;
    for (const auto& [other, entry] : entries_) known.emplace_back(other);
    throw UsageError(unknown_name(what, name, known));
  }

  const std::map<std::string_view, Entry>& entries() const { return entries_; }

 private:
  std::map<std::string_view, Entry> entries_;
};

template <class Interface, class Plugin>
struct Register {
  Register() {
    Registry<Interface>::instance().add(
        Plugin::name, {Plugin::summary, std::span<const OptionSpec>(Plugin::options),
                       [](const Options& options) { return std::make_unique<Plugin>(options); }});
  }
};

}  // namespace clew
