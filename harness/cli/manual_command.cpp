#include <cstdio>

#include "harness/cli/commands.h"
#include "harness/cli/completion.h"
#include "harness/cli/manual.h"
#include "harness/value.h"

namespace clew {
namespace {

Value list_of(const std::vector<std::string>& words) {
  Value::List list;
  for (const std::string& word : words) list.emplace_back(word);
  return list;
}

Value rows_of(const std::vector<OptionRow>& options) {
  Value::List list;
  for (const OptionRow& option : options)
    list.push_back(Value::object({{"name", option.name},
                                  {"flags", list_of(option.flags)},
                                  {"value", option.placeholder},
                                  {"default", option.fallback},
                                  {"choices", list_of(option.choices)},
                                  {"limits", option.limits},
                                  {"help", option.help},
                                  {"required", option.required},
                                  {"many", option.many}}));
  return list;
}

std::string table_json(const CommandTable& table) {
  Value::List commands;
  for (const CommandRow& command : table.commands)
    commands.push_back(Value::object({{"name", command.name},
                                      {"summary", command.summary},
                                      {"arguments", rows_of(command.positionals)},
                                      {"options", rows_of(command.options)}}));
  return to_json(Value::object({{"schema", "clew.manual/1"}, {"commands", std::move(commands)}}));
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

int manual_command(const Arguments& arguments) {
  const CommandTable table = command_table();
  if (arguments.voice.json) return print(table_json(table) + "\n");
  return print(arguments.manual_form == "man" ? man_page(table) : options_page(table));
}

int completion_command(const Arguments& arguments) {
  const std::string script = completion_script(arguments.shell);
  if (!arguments.voice.json) return print(script);
  return print(
      to_json(Value::object(
          {{"schema", "clew.completion/1"}, {"shell", arguments.shell}, {"script", script}})) +
      "\n");
}

}  // namespace clew
