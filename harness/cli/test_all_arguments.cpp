#include "harness/cli/test_all_arguments.h"

#include <CLI/CLI.hpp>

#include "harness/cli/option_table.h"

namespace clew {

CLI::App* add_test_all(CLI::App& app, TestAllArguments& arguments) {
  CLI::App* command =
      app.add_subcommand("test-all", "run a matrix of systems, workloads, faults and seeds");
  command->footer(
      "The worst run makes the exit code: 1 before interrupted, 255, 4, 2, 3 and 0. A failure "
      "that a [[known_issue]] of the matrix excuses does not count; one that passes when it is "
      "run again does: bugs of this kind are rare events.");
  command->add_option("file", arguments.file, "the matrix, TOML; see harness/cli/README.md")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--shard", arguments.shard,
                   "of n machines, what number i does: 2/5; the same whenever it is asked")
      ->type_name("I/N");
  command
      ->add_flag("--keep-going,!--no-keep-going", arguments.keep_going,
                 "go on after a failure (the default)")
      ->default_str("true");
  command
      ->add_option("--rerun-on-fail", arguments.rerun_on_fail,
                   "run each violation so many times again, same seed and faults, and tell how "
                   "often it comes back")
      ->capture_default_str()
      ->type_name("COUNT")
      ->check(between(0, 10'000));
  command->add_flag("--dry-run", arguments.dry_run, "print the runs, start none");
  command->add_option("--store", arguments.store, "folder for the runs; default that of the matrix")
      ->type_name("FOLDER");
  command
      ->add_option("--seed", arguments.seed,
                   "seeds are drawn from it; default that of the matrix, or drawn")
      ->type_name("NUMBER");
  add_telling(*command, arguments.telling);
  return command;
}

}  // namespace clew
