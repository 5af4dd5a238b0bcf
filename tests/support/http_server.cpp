#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

#include <cstdlib>
#include <stdexcept>

namespace clew::testing {
namespace {

constexpr timeval patience{.tv_sec = 5, .tv_usec = 0};

void must(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

bool Peer::read_request() {
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::size_t length = 0;
      const auto field = buffer_.find("Content-Length: ");
      if (field < end) length = std::strtoul(buffer_.c_str() + field + 16, nullptr, 10);
      if (buffer_.size() >= end + 4 + length) {
        saw_(buffer_.substr(0, end + 4 + length));
        buffer_.erase(0, end + 4 + length);
        return true;
      }
    }
    char chunk[4096];
    const ssize_t n = ::recv(fd_.get(), chunk, sizeof chunk, 0);
    if (n <= 0) {
      if (!buffer_.empty()) saw_(buffer_);
      return false;
    }
    buffer_.append(chunk, static_cast<std::size_t>(n));
  }
}

void Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Peer::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd_.reset();
}

void Peer::await_close() {
  char chunk[4096];
  while (::recv(fd_.get(), chunk, sizeof chunk, 0) > 0) {}
}

HttpServer::HttpServer(std::function<void(Peer&)> script) : script_(std::move(script)) {
  listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(static_cast<bool>(listener_), "socket");
  sockaddr_in address = loopback(0);
  must(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  must(::listen(listener_.get(), 16) == 0, "listen");
  socklen_t size = sizeof address;
  must(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "name");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

HttpServer::~HttpServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);  // Wakes accept().
}

void HttpServer::serve() {
  for (;;) {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) return;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    Peer peer(std::move(fd), [this](std::string request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
    });
    script_(peer);
  }
}

std::vector<std::string> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Fd HttpServer::dial() const {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(static_cast<bool>(fd), "socket");
  const sockaddr_in address = loopback(port_);
  must(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
       "connect");
  must(::fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0, "fcntl");
  return fd;
}

}  // namespace clew::testing
