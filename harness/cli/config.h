#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace clew {

// Options from a TOML file, for those that were not typed:
//
//   store = "/var/lib/clew"          # of each command that has it
//   [test]                           # of one command
//   rate = 1000
//   gate = ["recovery<10s", "quorum"]
//   serializable = true
//
// A typed option wins over the file, and the file over the default. So does one that was typed
// over what excludes it. Keys are the long names of options, and of positional arguments.
class Config {
 public:
  // The file of `--config FILE`; else clew.toml, if the current folder has one; else none, as
  // with `--config none`. Throws UsageError if it cannot be read or is no TOML.
  static Config find(int argc, const char* const* argv);

  // Makes `app` take its options when it parses. Both must outlive that.
  void attach(CLI::App& app);

  // What is in force for `command` after parsing, as a file that would be understood again, with
  // the origin of each: command line, clew.toml:3, or default.
  std::string effective(const CLI::App& command) const;

  // "rate, gate": what `command` has from the file; empty: nothing.
  std::string used(const CLI::App& command) const;
  const std::string& file() const { return file_; }

  // What was typed, with what the file gave `command` and without the file: parsed again, from
  // wherever and when the file has changed, it means the same.
  std::vector<std::string> words(int argc, const char* const* argv, const CLI::App& command) const;

 private:
  friend class ConfigReader;
  std::string file_{}, text_{};

  // An option that the file gave.
  struct Given {
    std::uint32_t line = 0;
    std::vector<std::string> words{};  // As it would be typed.
  };
  std::map<std::string, std::map<std::string, Given>> given_{};  // By command and option.
};

}  // namespace clew
