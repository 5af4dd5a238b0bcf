#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/export_arguments.h"
#include "harness/cli/option_table.h"
#include "harness/cli/serve_arguments.h"
#include "harness/cli/telling.h"
#include "harness/cli/test_all_arguments.h"
#include "harness/clock.h"
#include "harness/options.h"

namespace clew {

enum class When : std::uint8_t { automatic, always, never };
enum class ProgressStyle : std::uint8_t { terminal, lines, json, none };

// How to talk, and how much; the same on every command.
struct Voice {
  bool json = false;   // stdout carries one JSON document instead of text.
  bool quiet = false;  // No progress.
  When colour = When::automatic;
  ProgressStyle progress = ProgressStyle::none;  // What --progress comes to.
  Nanos progress_interval{};                     // Of lines.
  std::size_t report_max_mb = 25;
  std::string config{};  // Typed; found by Config::find.
  bool print_config = false;
};

struct CheckOptions {
  Nanos timeout{};
  std::size_t memory_bytes = 0;
  unsigned threads = 0;
  bool proofs = false;
};

struct TestArguments {
  std::string system{};
  std::vector<std::string> nodes{};
  int concurrency = 0;
  Nanos time_limit{};
  double rate = 0;  // 0: as fast as the answers come.
  std::string workload = "register";
  std::string nemesis = "partition,kill,pause";
  Nanos nemesis_interval{};
  std::string schedule{};  // A file; empty: drawn from `nemesis`.
  bool dry_run = false;    // Print the schedule, start nothing.
  bool same_seed = false;  // Of several runs: all have the seed that was given.
  std::optional<std::uint64_t> seed{};
  int test_count = 1;
  Nanos op_timeout{};
  std::string data = "tmpfs";  // or disk
  std::string store = "store";
  std::string name{};
  std::vector<std::string> gates{};
  bool fail_fast = false;  // End at the first violation, with the cluster frozen.
  CheckOptions check{};
  Telling telling{};
  Options plugins{};  // Of systems and workloads, by name.
  // As `--name value` words, in the order of the option table: what a repeat needs.
  std::vector<std::string> given{};
};

struct CheckArguments {
  std::vector<std::string> inputs{};
  std::string store = "store";
  std::string workload{};
  std::string model{};       // Judge by it alone, instead of as the workload does.
  std::string fail_means{};  // observed or absent; empty: what is usual for the format.
  bool independent = false;
  std::optional<std::string> key{};
  std::vector<std::string> gates{};
  std::string certificate{}, svg{};  // Files to write; empty: none.
  CheckOptions check{};
  Options plugins{};
};

struct ReplayArguments {
  std::string run{};
  std::string store = "store";
  int count = 1;
};

struct ConvertArguments {
  std::string input{};
  std::string output = "-";
  std::string from{};  // Empty: found out.
  std::string to = "jsonl";
  std::string fail_means{};
  bool independent = false;
};

struct Arguments {
  enum class Command : std::uint8_t {
    test,
    test_all,
    exporting,
    replay,
    check,
    convert,
    report,
    list,
    doctor,
    serve,
    manual,
    completion
  };
  Command command = Command::doctor;
  // What was typed with what a configuration file gave: parsed again, it means the same.
  std::vector<std::string> words{};
  Voice voice{};
  TestArguments test{};
  TestAllArguments test_all{};
  ExportArguments exported{};
  ReplayArguments replay{};
  CheckArguments check{};
  ConvertArguments convert{};
  std::string report_run{};
  std::string report_store = "store";
  std::string list_what{};
  ServeArguments serve{};
  std::string manual_form = "man", shell{};
};

// Throws UsageError; answers --help, --version and --print-config itself and then returns nothing.
std::optional<Arguments> parse_arguments(int argc, const char* const* argv);

// What there is to type.
CommandTable command_table();

}  // namespace clew
