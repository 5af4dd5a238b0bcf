#include "harness/cli/telling.h"

#include <CLI/CLI.hpp>

#include "harness/cli/option_table.h"
#include "harness/error.h"

namespace clew {

Nanos Telling::limit() const {
  const auto limit = parse_duration(on_finish_limit);
  if (!limit || *limit <= Nanos{0})
    throw UsageError("--on-finish-limit: '" + on_finish_limit +
                     "' is no duration above 0; write 30, 30s or 5m");
  return *limit;
}

void add_telling(CLI::App& command, Telling& telling) {
  command
      .add_option("--on-finish", telling.on_finish,
                  "a shell command for the end, told CLEW_RUN, CLEW_VERDICT, CLEW_EXIT, "
                  "CLEW_REPORT; the exit code stays what it is")
      ->type_name("COMMAND");
  command.add_option("--on-finish-limit", telling.on_finish_limit, "when it is killed if not done")
      ->capture_default_str()
      ->type_name("DURATION");
  command
      .add_option("--ci", telling.ci, "annotations for this service; auto: as the environment says")
      ->capture_default_str()
      ->type_name("SERVICE")
      ->check(one_of({"auto", "github", "gitlab", "buildkite", "none"}));
}

}  // namespace clew
