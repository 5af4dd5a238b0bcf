#include "harness/cli/manual.h"

#include <array>
#include <sstream>
#include <string_view>
#include <utility>

namespace clew {
namespace {

constexpr std::size_t width = 80, column = 30;

struct Fact {
  std::string_view what, says;
};

constexpr std::array exit_codes{
    Fact{"0", "valid: the histories are linearizable, and all gates hold"},
    Fact{"1", "a violation was found; of several runs it outranks everything else"},
    Fact{"2", "unknown: a limit on time or memory was reached, or nothing was checked"},
    Fact{"3", "the history is valid, but a gate failed"},
    Fact{"4", "the environment: a cluster did not start, a fault cannot be made here"},
    Fact{"130, 143", "interrupted by SIGINT or SIGTERM; what was recorded is saved"},
    Fact{"254", "bad usage: an option, a file or a name; the message says how to mend it"},
    Fact{"255", "an internal error of clew"},
};

constexpr std::array variables{
    Fact{"NO_COLOR", "if not empty, no colour unless --color=always"},
    Fact{"CLICOLOR_FORCE, FORCE_COLOR", "if neither empty nor 0, colour even into a pipe"},
    Fact{"CI, GITHUB_ACTIONS, GITLAB_CI, BUILDKITE",
         "progress as lines, and annotations as this service understands them; see --ci"},
};

constexpr std::array files{
    Fact{"clew.toml",
         "options for those that are not typed, if it is in the current folder; another "
         "file with --config; --print-config tells which option came from where"},
    Fact{"store/JOB/TIME/",
         "a run: report.html, results.json, history.jsonl, schedule.toml, junit.xml, "
         "summary.md, metrics.prom and the logs of the nodes"},
    Fact{"store/latest", "a link to the newest run; commands take the word latest for it"},
};

constexpr std::array examples{
    Fact{"clew test etcd",
         "five nodes, partitions, kills and pauses for a minute, then the verdict"},
    Fact{"clew check latest --key 17", "judge one key of the newest run again"},
    Fact{"clew replay latest --test-count 5", "the same seed and faults five times"},
    Fact{"clew test-all nightly.toml --shard 2/5",
         "the second of five machines' share of a matrix"},
};

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string upper(std::string name) {
  for (char& letter : name)
    letter = letter == '-'                    ? '_'
             : letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A')
                                              : letter;
  return name;
}

// "-r, --rate NUMBER"; of a positional "SYSTEM".
std::string title_of(const OptionRow& option) {
  if (option.flags.empty()) return upper(option.name);
  const std::string flags = joined(option.flags, ", ");
  return option.placeholder.empty() ? flags : flags + " " + option.placeholder;
}

// What may be given and what it is if nothing is, behind the help.
std::string about(const OptionRow& option) {
  std::string text = option.help;
  if (!option.choices.empty()) text += "; one of " + joined(option.choices, ", ");
  if (!option.limits.empty()) text += "; " + option.limits;
  if (option.many) text += "; may be repeated";
  if (!option.fallback.empty()) text += " (default: " + option.fallback + ")";
  return text;
}

std::string usage_of(const CommandRow& command) {
  std::string text = "clew " + command.name;
  for (const OptionRow& each : command.positionals)
    text += " " + upper(each.name) + (each.many ? "..." : "");
  return text + " [OPTION]...";
}

// In the order in which they were declared, each group once.
std::vector<std::pair<std::string, std::vector<const OptionRow*>>> groups_of(
    const CommandRow& command) {
  std::vector<std::pair<std::string, std::vector<const OptionRow*>>> groups;
  for (const OptionRow& option : command.options) {
    auto it = groups.begin();
    while (it != groups.end() && it->first != option.group) ++it;
    if (it == groups.end()) it = groups.insert(it, {option.group, {}});
    it->second.push_back(&option);
  }
  return groups;
}

// Words of `text` from column `from` on, broken before column `width`.
std::string wrapped(const std::string& text, std::size_t from) {
  std::string out;
  std::size_t at = from;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    const std::string word = text.substr(i, end - i);
    if (at > from && at + 1 + word.size() > width) {
      out += "\n" + std::string(from, ' ');
      at = from;
    } else if (at > from) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
    i = end + 1;
  }
  return out;
}

std::string entry(const std::string& title, const std::string& text) {
  std::string out = "  " + title;
  if (out.size() + 2 > column) {
    out += "\n" + std::string(column, ' ');
  } else {
    out.resize(column, ' ');
  }
  return out + wrapped(text, column) + "\n";
}

// Roff reads backslashes anywhere, dots and quotes at the start of a line; a bare - is a hyphen,
// which cannot be pasted as an option.
std::string roff(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\\') {
      out += "\\e";
    } else if (letter == '-') {
      out += "\\-";
    } else if (letter == '\n') {
      out += '\n';
    } else {
      if ((out.empty() || out.back() == '\n') && (letter == '.' || letter == '\'')) out += "\\&";
      out += letter;
    }
  }
  return out;
}

std::string roff_entry(std::string_view title, std::string_view text) {
  return ".TP\n.B " + roff(title) + "\n" + roff(text) + "\n";
}

template <class Facts>
std::string roff_section(const char* title, const Facts& facts) {
  std::string out = std::string(".SH ") + title + "\n";
  for (const Fact& fact : facts) out += roff_entry(fact.what, fact.says);
  return out;
}

std::string roff_command(const CommandRow& command) {
  std::string out = ".SS " + roff(usage_of(command)) + "\n" + roff(command.summary) + ".\n";
  if (!command.aliases.empty()) out += "Also called " + roff(joined(command.aliases, ", ")) + ".\n";
  for (const OptionRow& each : command.positionals) out += roff_entry(title_of(each), about(each));
  for (const auto& [group, options] : groups_of(command)) {
    if (group != "Options") out += ".PP\n" + roff(group) + ":\n";
    for (const OptionRow* option : options) out += roff_entry(title_of(*option), about(*option));
  }
  if (!command.footer.empty()) out += ".PP\n";
  for (const std::string& line : lines_of(command.footer)) out += roff(line) + "\n.br\n";
  return out;
}

// A cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '|' || letter == '<' || letter == '*' || letter == '_') out += '\\';
    out += letter;
  }
  return out;
}

template <class Facts>
std::string table_of_facts(const char* title, const Facts& facts) {
  std::string out = std::string("\n## ") + title + "\n\n| | |\n|---|---|\n";
  for (const Fact& fact : facts)
    out += "| `" + std::string(fact.what) + "` | " + cell(std::string(fact.says)) + " |\n";
  return out;
}

std::string options_section(const CommandRow& command) {
  std::string out = "\n## clew " + command.name + "\n\n`" + usage_of(command) + "`\n\n" +
                    cell(command.summary) + ".\n";
  if (!command.aliases.empty()) out += "Also called `" + joined(command.aliases, "`, `") + "`.\n";
  const auto rows = [&](const char* title, const std::vector<const OptionRow*>& options) {
    if (options.empty()) return;
    out += std::string("\n| ") + title + " | | Default |\n|---|---|---|\n";
    for (const OptionRow* option : options) {
      OptionRow without = *option;
      without.fallback.clear();
      out += "| `" + title_of(*option) + "` | " + cell(about(without)) + " | " +
             (option->fallback.empty() ? "" : "`" + option->fallback + "`") + " |\n";
    }
  };
  std::vector<const OptionRow*> positionals;
  for (const OptionRow& each : command.positionals) positionals.push_back(&each);
  rows("Argument", positionals);
  for (const auto& [group, options] : groups_of(command))
    rows(group == "Options" ? "Option" : group.c_str(), options);
  for (const std::string& line : lines_of(command.footer)) out += "\n" + cell(line) + "\n";
  return out;
}

}  // namespace

std::string help_text(const CommandTable& table) {
  std::string out = wrapped(table.summary, 0) + "\n\nUsage: clew COMMAND [OPTION]...\n\nCommands\n";
  for (const CommandRow& command : table.commands) out += entry(command.name, command.summary);
  out += "\nExit codes\n";
  for (const Fact& fact : exit_codes) out += entry(std::string(fact.what), std::string(fact.says));
  return out + "\nclew COMMAND --help tells more of each; clew manual | man -l - all of it.\n";
}

std::string help_text(const CommandRow& command) {
  std::string out =
      wrapped(command.summary, 0) + "\n\nUsage: " + wrapped(usage_of(command), 0) + "\n";
  if (!command.positionals.empty()) out += "\n";
  for (const OptionRow& each : command.positionals) out += entry(title_of(each), about(each));
  for (const auto& [group, options] : groups_of(command)) {
    out += "\n" + group + "\n";
    for (const OptionRow* option : options) out += entry(title_of(*option), about(*option));
  }
  if (!command.footer.empty()) out += "\n";
  for (const std::string& line : lines_of(command.footer)) out += wrapped(line, 0) + "\n";
  return out;
}

std::string man_page(const CommandTable& table) {
  std::string out = ".\\\" Made by clew manual.\n.TH CLEW 1 \"\" \"clew " CLEW_VERSION
                    "\" \"User commands\"\n.SH NAME\n"
                    "clew \\- test whether a distributed system is linearizable while it breaks\n"
                    ".SH SYNOPSIS\n.B clew\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH DESCRIPTION\n" +
                    roff(table.summary) + "\n.SH COMMANDS\n";
  for (const CommandRow& command : table.commands) out += roff_command(command);
  return out + roff_section("EXIT STATUS", exit_codes) + roff_section("ENVIRONMENT", variables) +
         roff_section("FILES", files) + roff_section("EXAMPLES", examples) +
         ".SH SEE ALSO\n.B clew\\-verify\nre\\-checks a certificate, and shares no code with "
         "clew.\n";
}

std::string options_page(const CommandTable& table) {
  std::string out =
      "# Commands and options of clew\n\n<!-- Made by: clew manual --to markdown -->\n\n" +
      cell(table.summary) + "\n";
  for (const CommandRow& command : table.commands) out += options_section(command);
  return out + table_of_facts("Exit codes", exit_codes) + table_of_facts("Environment", variables) +
         table_of_facts("Files", files) + table_of_facts("Examples", examples);
}

}  // namespace clew
