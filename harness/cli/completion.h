#pragma once

#include <string>
#include <vector>

#include "harness/cli/option_table.h"

namespace clew {

// The script that a shell reads once: it asks clew for what may be typed.
std::string completion_script(const std::string& shell);

// What may stand where the cursor is.
struct Candidates {
  struct Word {
    std::string text{}, help{};
  };
  std::vector<Word> words{};
  bool files = false, folders = false;  // And these, which the shell knows better.
};

// After `words`, of which the first is the program and the last, maybe empty, is being typed.
Candidates candidates(const CommandTable& table, const std::vector<std::string>& words);

// `clew __complete SHELL WORD...`: prints a candidate a line, "word<TAB>help", and ":files" or
// ":folders" for the shell's own. Bash hands over words that it cut at = and :, and wants the
// last part alone. Never fails: an error would show up in the line being typed.
int complete_command(const std::vector<std::string>& arguments);

}  // namespace clew
