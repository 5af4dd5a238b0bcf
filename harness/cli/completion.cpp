#include "harness/cli/completion.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "harness/cli/arguments.h"
#include "harness/cli/catalogue.h"
#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/plan.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_runs = 50;

// Each asks the program itself, so that the script never grows old. Without -o default the shell
// would add files where clew wants none.
constexpr const char* bash_script = R"(_clew() {
  local line IFS=$'\n'
  COMPREPLY=()
  while read -r line; do
    case $line in
      :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")) ;;
      :folders) compopt -o filenames; COMPREPLY+=($(compgen -d -- "${COMP_WORDS[COMP_CWORD]#=}")) ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete bash "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} = *= ]]; then compopt -o nospace; fi
}
complete -F _clew clew ./clew
)";

constexpr const char* zsh_script = R"(#compdef clew
_clew() {
  local line tab=$'\t' files=0 folders=0
  local -a texts shown
  while IFS= read -r line; do
    case $line in
      :files) files=1 ;;
      :folders) folders=1 ;;
      *) texts+=("${line%%$tab*}"); shown+=("${${line/$tab/  -- }%  -- }") ;;
    esac
  done < <("${(Q)words[1]/#\~/$HOME}" __complete zsh "${(@Q)words[1,CURRENT]}" 2>/dev/null)
  (( files || folders )) && compset -P '*='
  (( ${#texts} )) && compadd -Q -l -d shown -- "${texts[@]}"
  (( files )) && _files
  (( folders )) && _files -/
  return 0
}
if [ "$funcstack[1]" = _clew ]; then _clew "$@"; else compdef _clew clew; fi
)";

constexpr const char* fish_script = R"(function __clew_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l before (string match -r -- '^--[^=]*=' $words[-1]; or echo '')
    set -l typed (string replace -r -- '^--[^=]*=' '' $words[-1])
    for line in ($words[1] __complete fish $words 2>/dev/null)
        switch $line
            case :files
                printf '%s\n' $before(__fish_complete_path $typed)
            case :folders
                printf '%s\n' $before(__fish_complete_directories $typed)
            case '*'
                echo $line
        end
    end
end
complete -c clew -f -a '(__clew_candidates)'
)";

void add_items(Candidates& out, const char* what, const std::string& before = {}) {
  for (const Item& item : catalogue(what)) out.words.push_back({before + item.name, item.summary});
}

// The newest runs of `store`, as commands take them.
void add_runs(Candidates& out, const std::string& store) {
  out.words.push_back({"latest", "the newest run"});
  std::vector<std::pair<std::string, std::string>> runs;  // Stamp, name.
  std::error_code error;
  for (const auto& job : fs::directory_iterator(store, error)) {
    if (job.is_symlink(error) || !job.is_directory(error)) continue;
    for (const auto& run : fs::directory_iterator(job.path(), error))
      if (!run.is_symlink(error) && fs::exists(run.path() / "run.json", error))
        runs.emplace_back(run.path().filename().string(), job.path().filename().string());
  }
  std::sort(runs.rbegin(), runs.rend());
  if (runs.size() > most_runs) runs.resize(most_runs);
  for (const auto& [stamp, name] : runs) out.words.push_back({name + "/" + stamp, "a run"});
}

// "partition,kill:le": what can follow the last comma or colon.
void add_faults(Candidates& out, const std::string& typed) {
  const std::size_t comma = typed.rfind(',');
  const std::size_t start = comma == std::string::npos ? 0 : comma + 1;
  const std::string before = typed.substr(0, start);
  const std::size_t colon = typed.find(':', start);
  if (colon != std::string::npos) {
    const std::string name = typed.substr(start, colon - start);
    const std::string upto = typed.substr(0, typed.rfind(':') + 1);
    const auto fault = make_fault({.fault = name});
    for (const std::string& kind : fault->kinds()) out.words.push_back({upto + kind, "kind"});
    for (const std::string& who : fault->targets()) out.words.push_back({upto + who, "target"});
    return;
  }
  add_items(out, "faults", before);
  if (!before.empty()) return;
  out.words.push_back({"all", "every fault"});
  out.words.push_back({"none", "no fault"});
  out.words.push_back({"swarm", "a part of all, drawn from the seed"});
}

// What a value of this kind can be. `typed` is its beginning.
void add_values(Candidates& out, const OptionRow& option, const std::string& typed,
                const std::string& store) {
  const std::string& kind = option.placeholder;
  for (const std::string& choice : option.choices) out.words.push_back({choice, ""});
  if (kind == "SYSTEM") add_items(out, "systems");
  if (kind == "WORKLOAD") add_items(out, "workloads");
  if (kind == "MODEL") add_items(out, "models");
  if (kind == "FAULTS") add_faults(out, typed);
  if (kind == "RUN" || kind == "RUN_OR_FILE") add_runs(out, store);
  out.files = kind == "FILE" || kind == "RUN_OR_FILE";
  out.folders = kind == "FOLDER" || kind == "RUN";
}

const OptionRow* option_of(const CommandRow& command, const std::string& flag) {
  for (const OptionRow& option : command.options)
    if (std::find(option.flags.begin(), option.flags.end(), flag) != option.flags.end())
      return &option;
  return nullptr;
}

// What came before the word that is being typed.
struct Typed {
  std::string store = "store";
  std::size_t positionals = 0;
  std::vector<const OptionRow*> given{};
  const OptionRow* wanting = nullptr;  // The option whose value comes next.
};

Typed read_typed(const CommandRow& command, const std::vector<std::string>& words) {
  Typed typed;
  for (std::size_t i = 2; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (typed.wanting != nullptr) {
      if (typed.wanting->name == "store") typed.store = word;
      typed.wanting = nullptr;
    } else if (word.starts_with('-') && word.size() > 1) {
      const std::size_t equals = word.find('=');
      const OptionRow* option = option_of(command, word.substr(0, equals));
      if (option == nullptr) continue;
      typed.given.push_back(option);
      if (option->placeholder.empty()) continue;
      if (equals == std::string::npos) typed.wanting = option;
      if (equals != std::string::npos && option->name == "store")
        typed.store = word.substr(equals + 1);
    } else {
      ++typed.positionals;
    }
  }
  return typed;
}

void add_options(Candidates& out, const CommandRow& command, const Typed& typed) {
  for (const OptionRow& option : command.options) {
    const bool given =
        std::find(typed.given.begin(), typed.given.end(), &option) != typed.given.end();
    if (given && !option.many) continue;
    out.words.push_back(
        {option.flags.back().starts_with("--no-") ? option.flags.front() : option.flags.back(),
         option.help});
  }
}

// Bash cuts at = and :, and puts the pieces among the words.
std::vector<std::string> joined_again(const std::vector<std::string>& pieces) {
  const auto glue = [](const std::string& word) { return word == "=" || word == ":"; };
  std::vector<std::string> words;
  bool open = false;
  for (const std::string& piece : pieces) {
    if (!words.empty() && (glue(piece) || open)) {
      words.back() += piece;
    } else {
      words.push_back(piece);
    }
    open = glue(piece);
  }
  return words;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash_script;
  return shell == "zsh" ? zsh_script : fish_script;
}

Candidates candidates(const CommandTable& table, const std::vector<std::string>& words) {
  Candidates out;
  if (words.size() < 2) return out;
  const std::string& last = words.back();
  if (words.size() == 2) {
    for (const CommandRow& command : table.commands)
      out.words.push_back({command.name, command.summary});
  } else if (const CommandRow* command = table.find(words[1])) {
    const Typed typed = read_typed(*command, words);
    const std::size_t equals = last.find('=');
    if (typed.wanting != nullptr) {
      add_values(out, *typed.wanting, last, typed.store);
    } else if (last.starts_with("--") && equals != std::string::npos) {
      if (const OptionRow* option = option_of(*command, last.substr(0, equals)))
        add_values(out, *option, last.substr(equals + 1), typed.store);
      for (Candidates::Word& word : out.words) word.text = last.substr(0, equals + 1) + word.text;
    } else if (last.starts_with('-') && last != "-") {
      add_options(out, *command, typed);
    } else {
      const auto& wanted = command->positionals;
      const std::size_t at = std::min(typed.positionals, wanted.empty() ? 0 : wanted.size() - 1);
      const bool wants = typed.positionals < wanted.size() || (!wanted.empty() && wanted[at].many);
      if (wants) add_values(out, wanted[at], last, typed.store);
      if (!wants && last.empty()) add_options(out, *command, typed);
    }
  }
  std::erase_if(out.words, [&](const auto& word) { return !word.text.starts_with(last); });
  return out;
}

int complete_command(const std::vector<std::string>& arguments) try {
  if (arguments.empty()) return 0;
  const bool bash = arguments.front() == "bash";
  std::vector<std::string> words(arguments.begin() + 1, arguments.end());
  if (bash) words = joined_again(words);
  const Candidates found = candidates(command_table(), words);
  const std::string last = words.empty() ? "" : words.back();
  const std::size_t cut = bash ? last.find_last_of("=:") + 1 : 0;  // npos + 1 is 0.
  for (const Candidates::Word& word : found.words)
    std::printf("%s\t%s\n", word.text.substr(std::min(cut, word.text.size())).c_str(),
                word.help.c_str());
  if (found.files) std::puts(":files");
  if (found.folders) std::puts(":folders");
  return 0;
} catch (const std::exception&) { return 0; }

}  // namespace clew
