#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace clew {

// An option or a positional argument, as told to people and to shells.
struct OptionRow {
  std::string name{};                // "rate", without dashes; of a positional "system".
  std::vector<std::string> flags{};  // "-r", "--rate"; none: a positional.
  std::string placeholder{};         // "NUMBER"; empty: takes no value.
  std::string fallback{};            // As typed; empty: none.
  std::vector<std::string> choices{};
  std::string limits{};  // "1 to 50"
  std::string help{};
  std::string group{};
  bool required = false, many = false;
};

struct CommandRow {
  std::string name{};
  std::string summary{}, footer{};
  std::vector<std::string> aliases{};
  std::vector<OptionRow> positionals{}, options{};
};

// All commands with all of their options: what --help, the manual and the completion are
// made from, read off what the parser itself goes by.
struct CommandTable {
  std::string name{}, summary{};
  std::vector<CommandRow> commands{};

  // By name or alias; null if there is none.
  const CommandRow* find(const std::string& command) const;
};

CommandRow row_of(const CLI::App& command);
CommandTable table_of(const CLI::App& app);

// --store, the same on every command that has it.
void add_store(CLI::App& command, std::string& store);

// What is none of `names` is refused with the nearest of them.
CLI::Validator one_of(std::vector<std::string> names);
// Whole numbers from `low` to `high`.
CLI::Validator between(long long low, long long high);

}  // namespace clew
