#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>

#include "harness/error.h"

namespace clew {

ScriptedServer::ScriptedServer(Script script, const std::string& address, std::uint16_t port)
    : script_(std::move(script)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof where;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&where), size) != 0 ||
      ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0)
    throw EnvironmentError(errno_text("listen(" + address + ")", errno));
  port_ = ntohs(where.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() { ::eventfd_write(stop_.get(), 1); }

bool ScriptedServer::await_closed(int count, Deadline deadline) const {
  while (closed_ < count && left(deadline) > Nanos{0})
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return closed_ >= count;
}

bool ScriptedServer::readable(const Fd& fd) const {
  pollfd polls[2] = {{fd.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  while (::poll(polls, 2, -1) < 0 && errno == EINTR) {}
  return polls[1].revents == 0;
}

void ScriptedServer::serve() {
  while (readable(listener_)) {
    Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) continue;
    ++connections_;
    converse(connection);
    connection.reset();
    ++closed_;
  }
}

void ScriptedServer::converse(const Fd& connection) {
  std::string buffer;
  while (const auto asked = request(connection, buffer)) {
    ++requests_;
    const Reply reply = script_(*asked);
    const bool sent = send(connection, reply);
    if (reply.reset) {
      const linger abort{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    }
    if (!sent || reply.close || reply.reset) return;
  }
}

// Nothing when the client left or the server is to end.
std::optional<std::string> ScriptedServer::request(const Fd& connection,
                                                   std::string& buffer) const {
  static const std::string label = "Content-Length: ";
  for (;;) {
    const std::size_t end = buffer.find("\r\n\r\n");
    const std::size_t length = buffer.find(label);
    if (end != std::string::npos && length < end) {
      const std::size_t size = end + 4 + std::stoul(buffer.substr(length + label.size()));
      if (buffer.size() >= size) {
        std::string whole = buffer.substr(0, size);
        buffer.erase(0, size);
        return whole;
      }
    }
    if (!readable(connection)) return std::nullopt;
    char bytes[4096];
    const ssize_t size = ::recv(connection.get(), bytes, sizeof bytes, 0);
    if (size <= 0) return std::nullopt;
    buffer.append(bytes, static_cast<std::size_t>(size));
  }
}

bool ScriptedServer::send(const Fd& connection, const Reply& reply) const {
  const std::size_t step = reply.between_bytes > Nanos{0} ? 1 : reply.bytes.size();
  for (std::size_t at = 0; at < reply.bytes.size();) {
    if (at > 0) std::this_thread::sleep_for(reply.between_bytes);
    const std::size_t size = std::min(step, reply.bytes.size() - at);
    const ssize_t sent = ::send(connection.get(), reply.bytes.data() + at, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += static_cast<std::size_t>(sent);
  }
  return true;
}

std::string http_answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Whatever\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace clew
