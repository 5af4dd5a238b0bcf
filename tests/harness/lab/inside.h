#pragma once

// What the lab's tests share: a sandbox around a test, and sockets that live in
// the namespace of a node.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "harness/clock.h"
#include "harness/error.h"
#include "harness/fd.h"
#include "harness/lab/port.h"
#include "harness/lab/sandbox.h"

namespace clew {

// Whether namespaces can be made here at all.
inline bool sandbox_available() {
  static const bool available = [] {
    try {
      return run_in_sandbox({}, [] { return 0; }) == 0;
    } catch (const EnvironmentError& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return false;
    }
  }();
  return available;
}

#define CLEW_NEEDS_SANDBOX() \
  if (!sandbox_available()) GTEST_SKIP() << "namespaces are not permitted here"
#define CLEW_NEEDS_ROOT() \
  if (::geteuid() != 0) GTEST_SKIP() << "needs root"

// Runs a test's body in the sandbox; its failures are printed there and counted here.
inline void in_the_sandbox(const std::function<void()>& body, const SandboxOptions& options = {}) {
  EXPECT_EQ(run_in_sandbox(options,
                           [&] {
                             body();
                             return ::testing::Test::HasFailure() ? 1 : 0;
                           }),
            0)
      << "the body failed, see above";
}

class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/clew-lab-XXXXXX";
    path_ = ::mkdtemp(name);
    std::filesystem::permissions(path_, std::filesystem::perms::all);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A socket belongs for ever to the namespace it was made in.
inline Fd socket_in(int netns, int type) {
  Fd made;
  std::thread([&] {
    if (::setns(netns, CLONE_NEWNET) == 0)
      made = Fd(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  }).join();
  return made;
}

inline sockaddr_in endpoint(int id, std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  ::inet_pton(AF_INET, port_address(id).c_str(), &at.sin_addr);
  return at;
}

inline bool bind_to(const Fd& socket, int id, std::uint16_t port) {
  const sockaddr_in at = endpoint(id, port);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

inline bool readable(const Fd& socket, int ms) {
  pollfd waiting{socket.get(), POLLIN, 0};
  return ::poll(&waiting, 1, ms) > 0;
}

inline bool eventually(Nanos within, const std::function<bool()>& holds) {
  const Deadline deadline = Clock::now() + within;
  while (!holds()) {
    if (left(deadline) == Nanos{0}) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace clew
