#include "harness/dial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "harness/error.h"

namespace clew {

Fd dial_tcp(const std::string& address, std::uint16_t port, Deadline deadline, std::string& why) {
  const std::string call = "connect(" + address + ":" + std::to_string(port) + ")";
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (!socket || ::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
    why = errno_text(call, socket ? EINVAL : errno);
    return {};
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0)
    return socket;
  if (errno != EINPROGRESS) {
    why = errno_text(call, errno);
    return {};
  }
  pollfd poll{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  for (;;) {
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(left(deadline)).count();
    const int ready = ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(millis, 60'000)));
    if (ready > 0) break;
    if (left(deadline) == Nanos{0}) {
      why = call + ": no answer in time";
      return {};
    }
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return socket;
  why = errno_text(call, error);
  return {};
}

}  // namespace clew
