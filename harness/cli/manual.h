#pragma once

#include <string>

#include "harness/cli/option_table.h"

namespace clew {

// `clew --help` and `clew COMMAND --help`, at most 80 columns.
std::string help_text(const CommandTable& table);
std::string help_text(const CommandRow& command);

// The manual page clew(1), roff with the man macros.
std::string man_page(const CommandTable& table);

// The same as one page of Markdown.
std::string options_page(const CommandTable& table);

}  // namespace clew
