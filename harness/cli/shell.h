#pragma once

#include <string>
#include <vector>

namespace clew {

// A word as a POSIX shell must be given it: plain where that is safe, quoted otherwise.
std::string shell_word(const std::string& word);
std::string shell_command(const std::vector<std::string>& words);

}  // namespace clew
