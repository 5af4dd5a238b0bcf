#include "harness/cli/option_table.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "harness/nearest.h"

namespace clew {
namespace {

// CLI11 keeps a validator's description behind the placeholder: "TEXT:{tmpfs,disk}".
void read_type(const std::string& type, OptionRow& row) {
  const std::size_t colon = std::min(type.find(':'), type.size());
  row.placeholder = type.substr(0, colon);
  if (colon == type.size()) return;
  const std::string rest = type.substr(colon + 1);
  if (rest.front() != '{' || rest.back() != '}') {
    row.limits = rest;
    return;
  }
  std::size_t at = 1;
  while (at < rest.size()) {
    const std::size_t end = rest.find_first_of(",}", at);
    row.choices.push_back(rest.substr(at, end - at));
    at = end + 1;
  }
}

OptionRow row_of(const CLI::Option& option) {
  OptionRow row;
  if (option.nonpositional()) {
    for (const std::string& letter : option.get_snames()) row.flags.push_back("-" + letter);
    for (const std::string& name : option.get_lnames()) row.flags.push_back("--" + name);
    row.name = option.get_lnames().front();
  } else {
    row.name = option.get_single_name();
  }
  if (option.get_items_expected_max() > 0) {
    read_type(option.get_type_name(), row);
    row.fallback = option.get_default_str();
    row.many = option.get_items_expected_max() > 1 ||
               option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  }
  row.help = option.get_description();
  row.group = option.get_group();
  row.required = option.get_required();
  return row;
}

}  // namespace

const CommandRow* CommandTable::find(const std::string& command) const {
  for (const CommandRow& row : commands)
    if (row.name == command ||
        std::find(row.aliases.begin(), row.aliases.end(), command) != row.aliases.end())
      return &row;
  return nullptr;
}

CommandRow row_of(const CLI::App& command) {
  CommandRow row{.name = command.get_name(),
                 .summary = command.get_description(),
                 .footer = command.get_footer(),
                 .aliases = command.get_aliases()};
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;  // Not for people.
    (option->nonpositional() ? row.options : row.positionals).push_back(row_of(*option));
  }
  return row;
}

CommandTable table_of(const CLI::App& app) {
  CommandTable table{.name = app.get_name(), .summary = app.get_description()};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    table.commands.push_back(row_of(*command));
  return table;
}

void add_store(CLI::App& command, std::string& store) {
  command.add_option("--store", store, "folder of the runs")
      ->capture_default_str()
      ->type_name("FOLDER");
}

CLI::Validator one_of(std::vector<std::string> names) {
  std::string described;
  for (const std::string& name : names) described += (described.empty() ? "{" : ",") + name;
  return CLI::Validator(
      [names = std::move(names)](const std::string& given) {
        const bool known = std::find(names.begin(), names.end(), given) != names.end();
        return known ? std::string() : unknown_name("value", given, names);
      },
      described + "}");
}

CLI::Validator between(long long low, long long high) {
  const std::string limits = std::to_string(low) + " to " + std::to_string(high);
  return CLI::Validator(
      [=](const std::string& given) {
        long long number = 0;
        const bool fits =
            CLI::detail::lexical_cast(given, number) && number >= low && number <= high;
        return fits ? std::string() : "'" + given + "' is no whole number from " + limits;
      },
      limits);
}

}  // namespace clew
