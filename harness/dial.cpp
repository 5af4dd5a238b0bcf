#include "harness/dial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace clew {
namespace {

// Waits for a connect() under way; 0 or its error.
int finish_connect(const Fd& socket, Deadline deadline) {
  while (true) {
    pollfd waiting{socket.get(), POLLOUT, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left(deadline)).count();
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long>(ms, 1'000'000)));
    if (ready > 0) break;
    if (left(deadline) == Nanos{0}) return ETIMEDOUT;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Fd dial_tcp(const std::string& address, std::uint16_t port, Deadline deadline, int& error) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  error = socket ? 0 : errno;
  if (error == 0 && ::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) error = EINVAL;
  if (error != 0) return {};
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    error = errno == EINPROGRESS ? finish_connect(socket, deadline) : errno;
  if (error != 0) return {};
  return socket;
}

}  // namespace clew
