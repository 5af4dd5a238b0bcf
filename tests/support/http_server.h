#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/fd.h"

namespace clew::testing {

// One accepted connection as a test's script sees it. Blocking, but never longer
// than a few seconds.
class Peer {
 public:
  Peer(Fd fd, std::function<void(std::string)> saw) : fd_(std::move(fd)), saw_(std::move(saw)) {}

  // Reads one whole request (header and Content-Length); false when the client went away. Every
  // request is noted with the server, also one that came only in part.
  bool read_request();
  void send(std::string_view bytes);  // A client that went away is no error.
  void close() { fd_.reset(); }
  // Closes with RST instead of FIN.
  void reset();
  // Blocks until the client closed or reset its end.
  void await_close();

 private:
  Fd fd_;
  std::string buffer_{};
  std::function<void(std::string)> saw_;
};

// A real server on a loopback port of its own. Runs `script` for each connection
// in turn and notes all requests that came.
class HttpServer {
 public:
  explicit HttpServer(std::function<void(Peer&)> script);
  ~HttpServer();

  std::uint16_t port() const { return port_; }
  std::vector<std::string> requests() const;
  // A connected, non-blocking socket to it.
  Fd dial() const;

 private:
  void serve();

  std::function<void(Peer&)> script_;
  Fd listener_{};
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_{};
  std::vector<std::string> requests_{};
  std::jthread thread_{};
};

}  // namespace clew::testing
