#include <signal.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "harness/cli/option_table.h"
#include "harness/cli/serve_arguments.h"
#include "harness/cli/site.h"
#include "harness/error.h"

namespace clew {
namespace {

// Readable once the process is asked to end, by whichever way that is usual.
Fd asked_to_end() {
  sigset_t set{};
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw EnvironmentError(errno_text("signalfd", errno));
  return fd;
}

}  // namespace

CLI::App* add_serve(CLI::App& app, ServeArguments& arguments) {
  CLI::App* command =
      app.add_subcommand("serve", "show the runs of a store in a browser on this machine");
  command->footer(
      "On 127.0.0.1 only, and it changes nothing. A list of all runs with filters, trends of a "
      "job, two runs side by side, and runs in progress. Ctrl-C ends it.");
  add_store(*command, arguments.store);
  command->add_option("--port", arguments.port, "port; 0: any that is free")
      ->capture_default_str()
      ->type_name("NUMBER");
  return command;
}

int serve_command(const ServeArguments& arguments, bool json) {
  const Fd stop = asked_to_end();
  Site site(arguments.store);
  HttpServer server(arguments.port, [&](const std::string& target) { return site.answer(target); });
  std::printf(json ? "{\"schema\":\"clew.serve/1\",\"address\":\"http://127.0.0.1:%u/\"}\n"
                   : "http://127.0.0.1:%u/\n",
              static_cast<unsigned>(server.port()));
  std::fflush(stdout);
  server.run(stop.get());
  return 0;
}

}  // namespace clew
