#include "harness/lab/fuse_disk.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "harness/error.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr int patience_ms = 10'000;
constexpr int bell_poll_ms = 50;
constexpr auto death_patience = std::chrono::seconds(1);  // After it has closed its end.

// Beside our own program, or a few folders above it, as in a build tree.
fs::path disk_program() {
  if (const char* named = std::getenv("CLEW_DISK")) return named;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  fs::path folder = self.parent_path();
  for (int up = 0; up < 4; ++up, folder = folder.parent_path())
    if (::access((folder / "clew-disk").c_str(), X_OK) == 0) return folder / "clew-disk";
  return {};
}

std::pair<Fd, Fd> make_sockets() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw EnvironmentError(errno_text("socketpair()", errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

DiskCounts parse_counts(const std::string& answer) {
  std::istringstream words(answer);
  std::string ok;
  DiskCounts c;
  if (!(words >> ok >> c.writes >> c.fsyncs >> c.lied >> c.slowed >> c.errors >> c.refused >>
        c.rotten >> c.lost_pages >> c.lost_names >> c.unsynced_pages >> c.unsynced_names >>
        c.waiting_fsyncs))
    throw EnvironmentError("a disk answered '" + answer + "'");
  return c;
}

}  // namespace

std::string FuseDisk::why_not() {
  if (disk_program().empty()) return "the program clew-disk is not beside clew";
  if (!Fd(::open("/dev/fuse", O_RDWR | O_CLOEXEC))) return errno_text("open(/dev/fuse)", errno);
  return "";
}

FuseDisk::FuseDisk(const fs::path& behind, const fs::path& mountpoint, const fs::path& log)
    : mountpoint_(mountpoint), log_(log) {
  auto [control, their_control] = make_sockets();
  auto [bell, their_bell] = make_sockets();
  control_ = std::move(control);
  bell_ = std::move(bell);
  const Fd err(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  SpawnOptions options;
  options.argv = {disk_program().string(), behind.string(), mountpoint.string()};
  options.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  options.in = their_bell.get();
  options.out = their_control.get();
  options.err = err.get();
  server_ = std::make_unique<Process>(options);
  if (receive() != "ready")
    throw EnvironmentError("no disk could be made at " + mountpoint.string() + "; see " +
                           log.string());
}

FuseDisk::~FuseDisk() {
  watch_ = {};
  control_.reset();
  ::umount2(mountpoint_.c_str(), MNT_DETACH);
}

// After that nothing is asked any more: a late answer would be taken for that of
// the next request.
void FuseDisk::fail() {
  control_.reset();
  const bool ended = server_->await(Life::gone, Clock::now() + death_patience);
  throw EnvironmentError("the disk at " + mountpoint_.string() + " is gone: its server " +
                         (ended ? server_->status().ending : "does not answer") + "; see " +
                         log_.string());
}

std::string FuseDisk::receive() {
  pollfd entry{.fd = control_.get(), .events = POLLIN, .revents = 0};
  std::array<char, 512> buffer{};
  ssize_t got = -1;
  if (::poll(&entry, 1, patience_ms) == 1)
    got = ::recv(control_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) fail();
  return {buffer.data(), static_cast<std::size_t>(got)};
}

std::string FuseDisk::ask(const std::string& request) {
  const std::lock_guard lock(mutex_);
  if (!control_) fail();
  ::send(control_.get(), request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer = receive();
  if (!answer.starts_with("ok")) throw HarnessError("a disk answered '" + answer + "'");
  return answer;
}

void FuseDisk::set(const DiskRules& rules) {
  std::ostringstream request;
  request << "set " << rules.lying_fsync << ' ' << rules.slow_fsync.count() << ' '
          << rules.fsync_error << ' ' << rules.write_error << ' ' << rules.read_error << ' '
          << rules.full << ' ' << rules.rotten_read << ' ' << rules.flush_every.count();
  ask(request.str());
}

DiskCounts FuseDisk::counts() { return parse_counts(ask("counts")); }

void FuseDisk::flush() { ask("flush"); }

void FuseDisk::hold_fsyncs(Nanos at_most) { ask("hold " + std::to_string(at_most.count())); }

void FuseDisk::watch_fsyncs(OnFsync on_fsync) {
  watch_ = {};
  if (on_fsync)
    watch_ = std::jthread([this, on_fsync = std::move(on_fsync)](const std::stop_token& stop) {
      watch(on_fsync, stop);
    });
  ask(watch_.joinable() ? "bell 1" : "bell 0");
}

void FuseDisk::watch(const OnFsync& on_fsync, const std::stop_token& stop) const {
  std::array<char, 8192> buffer{};
  while (!stop.stop_requested()) {
    pollfd entry{.fd = bell_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, bell_poll_ms) != 1) continue;
    const ssize_t got = ::recv(bell_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    const std::string told(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t space = std::min(told.find(' '), told.size() - 1);
    on_fsync(told.substr(space + 1));
    ::send(bell_.get(), told.data(), space, MSG_NOSIGNAL);
  }
}

DiskCounts FuseDisk::lose(double kept, std::uint64_t seed) {
  return parse_counts(ask("lose " + std::to_string(kept) + " " + std::to_string(seed)));
}

}  // namespace clew
