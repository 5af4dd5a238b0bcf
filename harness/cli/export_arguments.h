#pragma once

#include <string>

namespace CLI {
class App;
}

namespace clew {

struct ExportArguments {
  std::string input{};
  std::string to = "jsonl";
  std::string output{};  // Empty: standard output; of a bundle, a file in the current folder.
  std::string store = "store";
};

// Declares `clew export` and what it is told.
CLI::App* add_export(CLI::App& app, ExportArguments& arguments);

}  // namespace clew
