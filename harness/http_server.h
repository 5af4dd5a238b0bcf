#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "harness/clock.h"
#include "harness/fd.h"

namespace clew {

// What is sent: `body`, or the first `file_size` bytes of `file` where there is one.
struct HttpAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{};  // Without what the server adds.
  std::string body{};
  Fd file{};
  std::uint64_t file_size = 0;
};

// All that one visitor, or many, can take of us.
struct HttpServerLimits {
  std::size_t connections = 64;  // More wait in the kernel's queue.
  std::size_t header_bytes = std::size_t{8} << 10;
  Nanos to_ask = std::chrono::seconds(10);   // From the connection to the end of the header.
  Nanos to_read = std::chrono::seconds(30);  // Without taking another byte of the answer.
};

// HTTP/1.1 on 127.0.0.1 and nowhere else, for people who look at what is on this machine. It
// knows GET and HEAD, one request a connection, without a body. A request whose Host is not this
// server's own address is refused: that is how a page from elsewhere would come in, by a name
// that suddenly means 127.0.0.1.
//
// All in the caller's thread: `answer` is called with the target as it was sent ("/a?b=%20"), one
// call at a time; what it throws of std::exception becomes a 500 without a word of why.
class HttpServer {
 public:
  using Answer = std::function<HttpAnswer(const std::string& target)>;

  // Listens at once; port 0: any that is free. Throws EnvironmentError.
  HttpServer(std::uint16_t port, Answer answer, HttpServerLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const { return port_; }
  // Serves until `stop` is readable; then every connection is closed.
  void run(int stop);

 private:
  struct Connection;

  void take_one();
  void go_on(Connection& connection, short events);
  void read_request(Connection& connection);
  void write_answer(Connection& connection);
  HttpAnswer answer_to(const std::string& request, bool& head) const;

  Answer answer_;
  HttpServerLimits limits_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::list<Connection> connections_;
};

}  // namespace clew
