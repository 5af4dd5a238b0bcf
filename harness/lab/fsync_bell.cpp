#include "harness/lab/fsync_bell.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "harness/clock.h"

namespace clew {
namespace {

constexpr auto patience = std::chrono::seconds(2);
constexpr auto look_every = std::chrono::milliseconds(2);

}  // namespace

void FsyncBell::hang(bool hung) {
  const std::lock_guard lock(mutex_);
  hung_ = hung;
  if (hung && !heard_) std::thread([this] { hear(); }).detach();
  heard_ = heard_ || hung;
  answered_.notify_all();
}

std::size_t FsyncBell::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

int FsyncBell::ring(const std::string& path, const std::function<bool()>& given_up) {
  std::unique_lock lock(mutex_);
  if (!hung_) return 0;
  const std::uint64_t mine = ++last_;
  waiting_.insert(mine);
  const std::string text = std::to_string(mine) + " " + path;
  ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  const Deadline end = Clock::now() + patience;
  int code = 0;
  while (code == 0 && hung_ && waiting_.contains(mine) && Clock::now() < end) {
    answered_.wait_for(lock, look_every);
    if (given_up()) code = -EINTR;
  }
  waiting_.erase(mine);
  return code;
}

void FsyncBell::hear() {
  std::array<char, 64> buffer{};
  while (true) {
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size() - 1, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    buffer.at(static_cast<std::size_t>(got)) = '\0';
    const std::lock_guard lock(mutex_);
    waiting_.erase(std::strtoull(buffer.data(), nullptr, 10));
    answered_.notify_all();
  }
}

}  // namespace clew
