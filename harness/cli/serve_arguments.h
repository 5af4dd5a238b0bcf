#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace clew {

struct ServeArguments {
  std::string store = "store";
  std::uint16_t port = 8080;  // 0: any that is free.
};

// The command `serve`. Returns it for what all commands have.
CLI::App* add_serve(CLI::App& app, ServeArguments& arguments);

// Shows the store to browsers on this machine until SIGINT or SIGTERM; returns 0. Throws
// EnvironmentError where it cannot listen.
int serve_command(const ServeArguments& arguments);

}  // namespace clew
