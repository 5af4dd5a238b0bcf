#pragma once

#include <string>

#include "harness/clock.h"

namespace CLI {
class App;
}

namespace clew {

// Whom to tell what came out: options of every command that runs tests.
struct Telling {
  std::string on_finish{};              // For /bin/sh; empty: nobody.
  std::string on_finish_limit = "30s";  // As typed.
  std::string ci = "auto";

  Nanos limit() const;  // Throws UsageError, as add_telling()'s parsing does before.
};

void add_telling(CLI::App& command, Telling& telling);

}  // namespace clew
