// A server that talks to its peers and does nothing else:
//
//   clew_chatter OWN-ADDRESS PEER-ADDRESS...
//
// Sends each peer a datagram every 5 ms, for ever.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <thread>

namespace {

sockaddr_in endpoint(const char* address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(7000);
  ::inet_pton(AF_INET, address, &at.sin_addr);
  return at;
}

}  // namespace

int main(int argc, char** argv) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_in own = endpoint(argc > 1 ? argv[1] : "");
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) return 1;
  for (;;) {
    for (int i = 2; i < argc; ++i) {
      const sockaddr_in peer = endpoint(argv[i]);
      // What is refused or lost is sent again in a moment.
      (void)::sendto(socket, "hello", 5, 0, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
    }
    char heard[16];
    while (::recv(socket, heard, sizeof heard, 0) > 0) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}
