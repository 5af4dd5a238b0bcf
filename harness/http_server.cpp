#include "harness/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <cerrno>

#include "harness/error.h"

namespace clew {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

// Someone who hears no more may still be talking: what comes is thrown away for so long, since
// closing at once would also take the answer from the other side.
constexpr auto farewell = std::chrono::seconds(1);
constexpr auto most_waiting = 64;
constexpr std::size_t piece = std::size_t{256} << 10;

Fd listen_on(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw EnvironmentError(errno_text("socket", errno));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), most_waiting) != 0)
    throw EnvironmentError("cannot listen on 127.0.0.1:" + std::to_string(port) + ": " +
                           errno_text("bind", errno) + "; choose another one with --port, or 0");
  return fd;
}

std::uint16_t port_of(const Fd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw EnvironmentError(errno_text("getsockname", errno));
  return ntohs(address.sin_port);
}

HttpAnswer plain_answer(int status, std::string body) {
  HttpAnswer answer{.status = status, .body = std::move(body) + "\n"};
  answer.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  return answer;
}

std::string header_of(const HttpAnswer& answer, std::uint64_t size) {
  const auto reason =
      http::obsolete_reason(http::int_to_status(static_cast<unsigned>(answer.status)));
  std::string text =
      "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(reason) + "\r\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
  return text + "Content-Length: " + std::to_string(size) +
         "\r\n"
         "X-Content-Type-Options: nosniff\r\n"
         "Referrer-Policy: no-referrer\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\n"
         "Cross-Origin-Opener-Policy: same-origin\r\n"
         "Cache-Control: no-store\r\n"
         "Connection: close\r\n\r\n";
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

struct HttpServer::Connection {
  enum class Step : std::uint8_t { asking, answering, leaving, gone };

  Fd fd;
  Deadline deadline;
  Step step = Step::asking;
  std::string in{}, out{};
  std::size_t sent = 0;  // Of `out`.
  Fd file{};
  std::uint64_t file_left = 0;
};

HttpServer::HttpServer(std::uint16_t port, Answer answer, HttpServerLimits limits)
    : answer_(std::move(answer)),
      limits_(limits),
      listener_(listen_on(port)),
      port_(port_of(listener_)) {}

HttpServer::~HttpServer() = default;

void HttpServer::run(int stop) {
  sigset_t pipe{};  // Who hung up is no reason to die; sendfile has no flag that says so.
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  std::vector<pollfd> polled;
  for (;;) {
    const bool room = connections_.size() < limits_.connections;
    polled.assign({{stop, POLLIN, 0}, {listener_.get(), static_cast<short>(room ? POLLIN : 0), 0}});
    Deadline next = Clock::now() + std::chrono::hours(1);
    for (const Connection& connection : connections_) {
      const bool writes = connection.step == Connection::Step::answering;
      polled.push_back({connection.fd.get(), static_cast<short>(writes ? POLLOUT : POLLIN), 0});
      next = std::min(next, connection.deadline);
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left(next)).count();
    if (::poll(polled.data(), polled.size(), static_cast<int>(wait)) < 0 && errno != EINTR)
      throw EnvironmentError(errno_text("poll", errno));
    if (polled[0].revents != 0) break;
    auto seen = polled.begin() + 2;
    for (Connection& connection : connections_) go_on(connection, (seen++)->revents);
    connections_.remove_if([](const Connection& c) { return c.step == Connection::Step::gone; });
    if (room && polled[1].revents != 0) take_one();
  }
  connections_.clear();
}

void HttpServer::take_one() {
  Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) connections_.push_back({.fd = std::move(fd), .deadline = Clock::now() + limits_.to_ask});
}

void HttpServer::go_on(Connection& connection, short events) {
  using Step = Connection::Step;
  if (Clock::now() >= connection.deadline) connection.step = Step::gone;
  if (events == 0 || connection.step == Step::gone) return;
  if (connection.step == Step::asking) {
    read_request(connection);
  } else if (connection.step == Step::answering) {
    write_answer(connection);
  } else {
    std::array<char, 4096> lost{};
    const ssize_t n = ::recv(connection.fd.get(), lost.data(), lost.size(), 0);
    if (n == 0 || (n < 0 && !would_block())) connection.step = Step::gone;
  }
}

void HttpServer::read_request(Connection& connection) {
  std::array<char, 4096> bytes{};
  const ssize_t n = ::recv(connection.fd.get(), bytes.data(), bytes.size(), 0);
  if (n < 0 && would_block()) return;
  if (n <= 0) {
    connection.step = Connection::Step::gone;
    return;
  }
  connection.in.append(bytes.data(), static_cast<std::size_t>(n));
  const std::size_t end = connection.in.find("\r\n\r\n");
  const bool too_long = std::min(end, connection.in.size()) > limits_.header_bytes;
  if (end == std::string::npos && !too_long) return;
  bool head = false;
  HttpAnswer answer = too_long ? plain_answer(431, "The header of the request is too long.")
                               : answer_to(connection.in.substr(0, end + 4), head);
  const std::uint64_t size = answer.file ? answer.file_size : answer.body.size();
  connection.out = header_of(answer, size);
  if (!head) {
    connection.out += answer.body;
    connection.file_left = answer.file ? size : 0;
    connection.file = std::move(answer.file);
  }
  connection.step = Connection::Step::answering;
  connection.deadline = Clock::now() + limits_.to_read;
}

void HttpServer::write_answer(Connection& connection) {
  ssize_t n = 0;
  if (connection.sent < connection.out.size()) {
    n = ::send(connection.fd.get(), connection.out.data() + connection.sent,
               connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (n > 0) connection.sent += static_cast<std::size_t>(n);
  } else if (connection.file_left > 0) {
    n = ::sendfile(connection.fd.get(), connection.file.get(), nullptr,
                   std::min<std::uint64_t>(connection.file_left, piece));
    if (n > 0) connection.file_left -= static_cast<std::uint64_t>(n);
    if (n == 0) connection.step = Connection::Step::gone;  // The file shrank: cut, and seen to be.
  }
  if (n < 0 && !would_block()) connection.step = Connection::Step::gone;
  if (n > 0) connection.deadline = Clock::now() + limits_.to_read;
  if (connection.step == Connection::Step::gone || connection.sent < connection.out.size() ||
      connection.file_left > 0)
    return;
  ::shutdown(connection.fd.get(), SHUT_WR);
  connection.step = Connection::Step::leaving;
  connection.deadline = Clock::now() + farewell;
}

HttpAnswer HttpServer::answer_to(const std::string& request, bool& head) const {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes) + 4);
  beast::error_code error;
  parser.put(boost::asio::buffer(request), error);
  if (error || !parser.is_header_done()) return plain_answer(400, "This is no HTTP request.");
  const auto& asked = parser.get();
  head = asked.method() == http::verb::head;
  if (asked.count(http::field::host) != 1) return plain_answer(400, "One Host, please.");
  const std::string host(asked[http::field::host]);
  const std::string port = ":" + std::to_string(port_);
  if (host != "127.0.0.1" + port && host != "localhost" + port)
    return plain_answer(421, "This is 127.0.0.1" + port + ", and answers to no other name.");
  if (!head && asked.method() != http::verb::get) {
    HttpAnswer refused = plain_answer(405, "Only GET and HEAD.");
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  if (!asked.target().starts_with('/')) return plain_answer(400, "Only paths.");
  try {
    return answer_(std::string(asked.target()));
  } catch (const std::exception&) { return plain_answer(500, "clew could not answer this."); }
}

}  // namespace clew
