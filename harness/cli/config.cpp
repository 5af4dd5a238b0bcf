#include "harness/cli/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "harness/atomic_file.h"
#include "harness/cli/toml_text.h"
#include "harness/error.h"
#include "harness/nearest.h"

namespace clew {
namespace {

// What is about this call and no habit: not to be set in a file, nor told as an option in force.
bool is_of_the_call(const CLI::Option& option) {
  const std::string& name = option.get_single_name();
  return name == "help" || name == "config" || name == "print-config";
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

// As --config gives it; nothing where it was not typed.
std::optional<std::string> typed_file(int argc, const char* const* argv) {
  const std::string_view flag = "--config";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word == flag && i + 1 < argc) return argv[i + 1];
    if (word.starts_with("--config=")) return std::string(word.substr(flag.size() + 1));
  }
  return std::nullopt;
}

std::string quoted(const std::string& text) {
  return toml::value<std::string>(text).is_string()
             ? (std::ostringstream() << toml::value<std::string>(text)).str()
             : std::string();
}

std::string value_text(const CLI::Option& option, const std::vector<std::string>& values) {
  if (is_flag(option)) return values.empty() || values.back() == "false" ? "false" : "true";
  const bool many = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll ||
                    option.get_items_expected_max() > 1;
  if (!many) return values.empty() ? "" : quoted(values.back());
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + quoted(value);
  return "[" + text + "]";
}

}  // namespace

// Turns the file into what CLI11 takes from a configuration. Called by it, after the command
// line was read and before anything is required.
class ConfigReader final : public CLI::Config {
 public:
  ConfigReader(CLI::App& app, clew::Config& config) : app_(app), config_(config) {}

  std::string to_config(const CLI::App* /*app*/, bool /*defaults*/, bool /*descriptions*/,
                        std::string /*prefix*/) const override {
    return {};  // Config::effective does it, with origins.
  }

  // Of the file that was read already: a pipe cannot be read twice.
  std::vector<CLI::ConfigItem> from_config(std::istream& /*nothing*/) const override try {
    std::vector<CLI::ConfigItem> taken;
    const toml::table root = toml::parse(config_.text_, config_.file_);
    const auto commands = app_.get_subcommands([](CLI::App*) { return true; });
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      if (const toml::table* table = node.as_table()) {
        CLI::App& command = command_of(commands, name, node);
        for (const auto& [option, value] : *table)
          take(command, std::string(option.str()), value, taken);
        continue;
      }
      bool known = false;
      for (CLI::App* command : commands) {
        if (find(*command, name) == nullptr) continue;
        known = true;
        // A command's own table is more to the point.
        const toml::table* own = root[command->get_name()].as_table();
        if (own == nullptr || !own->contains(name)) take(*command, name, node, taken);
      }
      if (!known) fail(node, unknown(name, commands));
    }
    return taken;
  } catch (const toml::parse_error& e) { throw UsageError(describe(config_.file_, e)); }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
    throw UsageError(config_.file_ + ":" + std::to_string(node.source().begin.line) + ": " + what);
  }

  static CLI::Option* find(CLI::App& command, const std::string& name) {
    for (CLI::Option* option : command.get_options()) {
      const bool named =
          option->nonpositional() ? option->check_lname(name) : option->get_single_name() == name;
      if (named && !is_of_the_call(*option)) return option;
    }
    return nullptr;
  }

  static std::string unknown(const std::string& name, const std::vector<CLI::App*>& commands) {
    std::vector<std::string> known;
    for (CLI::App* command : commands)
      for (const CLI::Option* option : command->get_options())
        if (!is_of_the_call(*option))
          known.push_back(option->nonpositional() ? option->get_lnames().front()
                                                  : option->get_single_name());
    const std::string guess = nearest(name, known);
    return "unknown key '" + name + "'" +
           (guess.empty() ? "; see clew COMMAND --help" : "; did you mean '" + guess + "'?");
  }

  CLI::App& command_of(const std::vector<CLI::App*>& commands, const std::string& name,
                       const toml::node& node) const {
    std::vector<std::string> known;
    for (CLI::App* command : commands) {
      if (command->get_name() == name) return *command;
      known.push_back(command->get_name());
    }
    fail(node, unknown_name("command", name, known));
  }

  std::vector<std::string> values_of(const CLI::Option& option, const std::string& name,
                                     const toml::node& node) const {
    if (is_flag(option)) {
      const auto on = node.value_exact<bool>();
      if (!on) fail(node, name + " must be true or false");
      return {*on ? "true" : "false"};
    }
    std::vector<std::string> values;
    const auto take_one = [&](const toml::node& each) {
      const auto text = typed_text(each);
      if (!text) fail(each, name + " must be a string or a number, or a list of those");
      values.push_back(*text);
    };
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& each : *list) take_one(each);
      if (values.empty()) fail(node, name + " is an empty list");
      if (values.size() > 1 && option.get_items_expected_max() <= 1 &&
          option.get_multi_option_policy() != CLI::MultiOptionPolicy::TakeAll)
        fail(node, name + " takes one value, not a list");
    } else {
      take_one(node);
    }
    return values;
  }

  void take(CLI::App& command, const std::string& name, const toml::node& node,
            std::vector<CLI::ConfigItem>& taken) const {
    CLI::Option* option = find(command, name);
    if (option == nullptr)
      fail(node, unknown(name, {&command}) + " (of clew " + command.get_name() + ")");
    CLI::ConfigItem item;
    item.parents = {command.get_name()};
    item.name = name;
    item.inputs = values_of(*option, name, node);
    if (!option->empty()) return;  // It was typed.
    for (const CLI::Option* other : option->get_excludes())
      if (!other->empty()) return;
    for (std::string problem; const std::string& value : item.inputs) {
      std::string tried = value;
      if (problem = refused(*option, tried); !problem.empty()) fail(node, name + ": " + problem);
    }
    clew::Config::Given& given = config_.given_[command.get_name()][option->get_single_name()];
    given.line = node.source().begin.line;
    // An absent flag is what false means, unless the option has a word for it.
    if (is_flag(*option) && item.inputs.front() == "false" && option->get_fnames().empty()) return;
    for (const std::string& value : item.inputs) {
      std::string word = option->nonpositional() ? "--" + name : value;
      if (option->nonpositional() && (!is_flag(*option) || value == "false")) word += "=" + value;
      given.words.push_back(word);
    }
    taken.push_back(std::move(item));
  }

  // What the option's own check says, told with the line instead of the option's name alone.
  static std::string refused(const CLI::Option& option, std::string& value) {
    for (int i = 0;; ++i) {
      const CLI::Validator* check = nullptr;
      try {
        check = const_cast<CLI::Option&>(option).get_validator(i);
      } catch (const CLI::OptionNotFound&) { return {}; }
      if (std::string problem = (*check)(value); !problem.empty()) return problem;
    }
  }

  CLI::App& app_;
  clew::Config& config_;
};

Config Config::find(int argc, const char* const* argv) {
  Config config;
  const std::optional<std::string> typed = typed_file(argc, argv);
  if (typed == "none") return config;
  std::error_code error;
  if (!typed && !std::filesystem::exists("clew.toml", error)) return config;
  config.file_ = typed.value_or("clew.toml");
  try {
    config.text_ = read_file(config.file_);
  } catch (const UsageError& e) {
    throw UsageError((typed ? "--config: " : "") + std::string(e.what()));
  }
  return config;
}

void Config::attach(CLI::App& app) {
  if (file_.empty()) return;
  // CLI11 wants a file of its own; ours was read.
  app.set_config("--config-of-the-parser", "/dev/null")->group("");
  app.config_formatter(std::make_shared<ConfigReader>(app, *this));
}

std::vector<std::string> Config::words(int argc, const char* const* argv,
                                       const CLI::App& command) const {
  std::vector<std::string> words(argv, argv + argc);
  if (const auto given = given_.find(command.get_name()); given != given_.end()) {
    std::vector<std::string> added;
    for (const auto& [name, option] : given->second)
      added.insert(added.end(), option.words.begin(), option.words.end());
    words.insert(std::find(words.begin(), words.end(), "--"), added.begin(), added.end());
  }
  for (auto it = words.begin(); it != words.end() && *it != "--";) {
    if (*it == "--config" && it + 1 != words.end()) {
      it = words.erase(it, it + 2);
    } else if (it->starts_with("--config=")) {
      it = words.erase(it);
    } else {
      ++it;
    }
  }
  return words;
}

std::string Config::effective(const CLI::App& command) const {
  std::string out = "[" + command.get_name() + "]\n";
  const auto given = given_.find(command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    if (is_of_the_call(*option) || option->get_group().empty()) continue;
    const std::string name =
        option->nonpositional() ? option->get_lnames().front() : option->get_single_name();
    std::string origin = option->empty() ? "default" : "command line";
    if (given != given_.end())
      if (const auto it = given->second.find(option->get_single_name()); it != given->second.end())
        origin = file_ + ":" + std::to_string(it->second.line);
    std::vector<std::string> values = option->results();
    const bool by_default = values.empty() && origin == "default";
    if (by_default && !option->get_default_str().empty()) values = {option->get_default_str()};
    std::string text = name + " = " + value_text(*option, values);
    if (by_default) text = "# " + (values.empty() && !is_flag(*option) ? name : text);
    if (text.size() < 34) text.resize(34, ' ');
    out += text + "  # " +
           (by_default && values.empty() && !is_flag(*option) ? "not given" : origin) + "\n";
  }
  return out;
}

std::string Config::used(const CLI::App& command) const {
  const auto given = given_.find(command.get_name());
  if (given == given_.end()) return {};
  std::string text;
  for (const auto& [name, option] : given->second) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace clew
