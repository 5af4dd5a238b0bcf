#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace clew {

// Tells of each fsync before it is done, and waits for the answer. Over a SOCK_SEQPACKET
// socket: "NUMBER PATH" goes out, "NUMBER" comes back. Thread-safe. Lives as long as
// the process.
class FsyncBell {
 public:
  explicit FsyncBell(int socket) : socket_(socket) {}  // Borrowed.

  void hang(bool hung);  // Whether it is told, from now on.

  std::size_t waiting() const;  // How many fsyncs wait for their answer.

  // 0 once the answer came, after two seconds without one, or where the bell does not
  // hang; -EINTR when `given_up` says that who asked is being killed.
  int ring(const std::string& path, const std::function<bool()>& given_up);

 private:
  void hear();

  const int socket_;
  mutable std::mutex mutex_;  // Guards all below.
  bool hung_ = false, heard_ = false;
  std::condition_variable answered_;
  std::set<std::uint64_t> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace clew
