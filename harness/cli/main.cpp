// clew: the command line. The only file, with its neighbours in this folder,
// that sees every room.

#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "harness/cli/arguments.h"
#include "harness/cli/commands.h"
#include "harness/cli/completion.h"
#include "harness/error.h"

namespace {

int dispatch(int argc, const char* const* argv) {
  using Command = clew::Arguments::Command;
  if (argc > 1 && std::strcmp(argv[1], "__complete") == 0)
    return clew::complete_command({argv + 2, argv + argc});
  const auto arguments = clew::parse_arguments(argc, argv);
  if (!arguments) return 0;
  switch (arguments->command) {
    case Command::test: return clew::test_command(*arguments);
    case Command::test_all: return clew::test_all_command(*arguments);
    case Command::replay: return clew::replay_command(*arguments);
    case Command::check: return clew::check_command(*arguments);
    case Command::convert: return clew::convert_command(*arguments);
    case Command::exporting: return clew::export_command(*arguments);
    case Command::report: return clew::report_command(*arguments);
    case Command::list: return clew::list_command(*arguments);
    case Command::doctor: return clew::doctor_command(*arguments);
    case Command::serve: return clew::serve_command(arguments->serve, arguments->voice.json);
    case Command::manual: return clew::manual_command(*arguments);
    case Command::completion: return clew::completion_command(*arguments);
  }
  return 0;
}

int complain(const char* what, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "clew: %s\n", what);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(argc, argv);
  } catch (const clew::UsageError& e) {
    return complain(e.what(), 254);
  } catch (const clew::EnvironmentError& e) {
    return complain(e.what(), 4);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", 255);
  } catch (const std::exception& e) {
    return complain((std::string("internal error: ") + e.what()).c_str(), 255);
  }
}
