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

// Shows the store to browsers on this machine until SIGINT or SIGTERM; returns 0. Prints the
// address, as a line or as {"schema":"clew.serve/1","address":"http://127.0.0.1:8080/"}. Throws
// EnvironmentError where it cannot listen.
int serve_command(const ServeArguments& arguments, bool json);

}  // namespace clew
