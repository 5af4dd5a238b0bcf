#include "harness/cli/plugin_options.h"

#include <CLI/CLI.hpp>

#include "harness/error.h"

namespace clew {
namespace {

const char* placeholder(OptionSpec::Kind kind) {
  if (kind == OptionSpec::Kind::number) return "NUMBER";
  return kind == OptionSpec::Kind::duration ? "DURATION" : "VALUE";
}

}  // namespace

Options PluginOptions::take(const std::set<std::string>& chosen) {
  Options options;
  for (auto& [name, values] : values_) {
    bool understood = false;
    for (const std::string& plugin : chosen)
      understood = understood || owners_[name].contains(plugin);
    if (given_[name]->count() > 0 && !understood) {
      std::string who;
      for (const std::string& owner : owners_[name]) who += (who.empty() ? "" : ", ") + owner;
      throw UsageError("--" + name + " is an option of " + who + " and means nothing here");
    }
    options.set(name, values);
  }
  return options;
}

void PluginOptions::declare(CLI::App& command, const std::string& group, const std::string& owner,
                            const OptionSpec& spec) {
  const std::string name(spec.name);
  const std::string flag = "--" + name;
  owners_[name].insert(owner);
  if (values_.contains(name)) return;
  std::vector<std::string>& values = values_[name];
  CLI::Option* option = nullptr;
  if (spec.kind == OptionSpec::Kind::flag) {
    option = command.add_flag_callback(
        flag, [&values] { values = {"true"}; }, std::string(spec.help));
  } else {
    option = command.add_option(flag, values, std::string(spec.help));
    option->expected(1)->allow_extra_args(false)->type_name(placeholder(spec.kind));
    if (spec.kind == OptionSpec::Kind::many) {
      option->take_all();
    } else {
      option->take_last();
    }
    if (!spec.fallback.empty()) {
      values = {std::string(spec.fallback)};
      option->default_str(std::string(spec.fallback));
    }
  }
  option->group(group);
  given_[name] = option;
}

}  // namespace clew
