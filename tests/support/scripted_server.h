#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "harness/clock.h"
#include "harness/fd.h"

namespace clew {

// A real TCP server on loopback that counts the HTTP requests it gets and
// answers each with whatever bytes a script says, to test clients against
// servers that die or lie. One connection at a time.
class ScriptedServer {
 public:
  struct Reply {
    std::string bytes{};
    bool close = false;      // After the bytes.
    bool reset = false;      // Closes by RST instead of FIN.
    Nanos between_bytes{0};  // Sent byte by byte if not zero.
  };
  // Called with the whole request; on the server's thread.
  using Script = std::function<Reply(const std::string& request)>;

  // `port` 0: any free one. Throws EnvironmentError.
  explicit ScriptedServer(Script script, const std::string& address = "127.0.0.1",
                          std::uint16_t port = 0);
  ~ScriptedServer();

  std::uint16_t port() const { return port_; }
  int requests() const { return requests_; }
  int connections() const { return connections_; }
  // Waits until so many connections have been closed by this side.
  bool await_closed(int count, Deadline deadline) const;

 private:
  void serve();
  void converse(const Fd& connection);
  std::optional<std::string> request(const Fd& connection, std::string& buffer) const;
  bool send(const Fd& connection, const Reply& reply) const;
  bool readable(const Fd& fd) const;  // False: stop.

  Script script_;
  Fd stop_;  // Readable when the server is to end.
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> closed_ = 0;
  std::jthread thread_;
};

// A well-formed answer.
std::string http_answer(int status, const std::string& body);

}  // namespace clew
