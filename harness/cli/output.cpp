#include "harness/cli/output.h"

#include <cerrno>
#include <cstdio>

#include "harness/atomic_file.h"
#include "harness/error.h"

namespace clew {

void write_output(const std::string& output, const std::string& text) {
  if (output != "-") return write_file_atomically(output, text);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0)
    throw EnvironmentError(errno_text("write(standard output)", errno));
}

void tell_lost(const std::string& input, const std::vector<std::string>& lost, const Voice& voice) {
  std::string told;
  for (const std::string& sentence : lost) told += (told.empty() ? "" : "; ") + sentence;
  if (!told.empty() && !voice.quiet)
    std::fprintf(stderr, "clew: %s: not carried over: %s\n", input.c_str(), told.c_str());
}

}  // namespace clew
