// clew-disk BEHIND MOUNTPOINT: serves an UndoDisk through FUSE, one node's.
//
// Told what to do over its standard output, a SOCK_SEQPACKET socket, one request a
// message, each answered:
//
//   set LIE SLOW_NS FSYNC_ERR WRITE_ERR READ_ERR FULL ROT FLUSH_NS   -> ok
//   flush                                                   -> ok
//   hold NS                                                 -> ok
//   bell 1 | bell 0                                         -> ok
//   counts                                                  -> ok N N N ...
//   lose KEPT SEED                                          -> ok N N N ...
//
// Says "ready" once mounted. After "bell 1" each fsync is told over standard input,
// another such socket, as "NUMBER PATH"; it goes on when "NUMBER" has come back.
// Ends when the other end of the first socket is closed, and where it could not do
// what it was told: a disk that nobody can rely on is none.

#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <fuse3/fuse_lowlevel.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "harness/lab/fsync_bell.h"
#include "harness/lab/undo_disk.h"

namespace clew {
namespace {

// Whether the thread that asked is being killed. Only then may it be told EINTR: any
// signal interrupts a request, and Go sends itself many.
bool given_up() {
  if (fuse_interrupted() == 0) return false;
  std::ifstream status("/proc/" + std::to_string(fuse_get_context()->pid) + "/status");
  constexpr std::uint64_t sigkill = 1ULL << (SIGKILL - 1);
  bool seen = false;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:") && line.find_first_of("ZX") != std::string::npos) return true;
    if (!line.starts_with("SigPnd:") && !line.starts_with("ShdPnd:")) continue;
    seen = true;
    if ((std::strtoull(line.c_str() + 7, nullptr, 16) & sigkill) != 0) return true;
  }
  return !seen;  // It is gone.
}

std::unique_ptr<UndoDisk> disk;
FsyncBell bell(STDIN_FILENO);

std::string relative(const char* path) { return path + 1; }
std::string real(const char* path) { return disk->real(relative(path)); }
int checked(int code) { return code < 0 ? -errno : 0; }
int fd_of(const fuse_file_info* info) { return static_cast<int>(info->fh); }

int do_getattr(const char* path, struct stat* found, fuse_file_info* info) {
  return checked(info != nullptr ? ::fstat(fd_of(info), found)
                                 : ::lstat(real(path).c_str(), found));
}

int do_opendir(const char* path, fuse_file_info* info) {
  const int fd = ::open(real(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  info->fh = static_cast<std::uint64_t>(fd);
  return checked(fd);
}

int do_readdir(const char* /*path*/, void* buffer, fuse_fill_dir_t fill, off_t /*offset*/,
               fuse_file_info* info, fuse_readdir_flags /*flags*/) {
  // Its own place in the folder: the descriptor may be read again.
  const int fd = ::openat(fd_of(info), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = fd < 0 ? nullptr : ::fdopendir(fd);
  if (folder == nullptr) return -errno;
  while (const dirent* entry = ::readdir(folder))
    if (fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{}) != 0) break;
  ::closedir(folder);
  return 0;
}

// The kernel leaves O_TRUNC to us.
int opened(int fd, fuse_file_info* info) {
  if ((info->flags & O_TRUNC) != 0) {
    if (const int code = disk->truncate(fd, 0); code != 0) return ::close(fd), code;
  }
  info->fh = static_cast<std::uint64_t>(fd);
  return 0;
}

int do_open(const char* path, fuse_file_info* info) {
  // Before a page is overwritten its old bytes are read.
  const bool writes = (info->flags & O_ACCMODE) != O_RDONLY;
  const int fd = ::open(real(path).c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  return fd < 0 ? -errno : opened(fd, info);
}

int do_create(const char* path, mode_t mode, fuse_file_info* info) {
  const int fd = disk->create(relative(path), info->flags, mode);
  return fd < 0 ? fd : opened(fd, info);
}

int do_truncate(const char* path, off_t size, fuse_file_info* info) {
  if (info != nullptr) return disk->truncate(fd_of(info), size);
  const Fd fd(::open(real(path).c_str(), O_RDWR | O_CLOEXEC));
  return fd ? disk->truncate(fd.get(), size) : -errno;
}

int do_read(const char* /*path*/, char* bytes, std::size_t count, off_t at, fuse_file_info* info) {
  return static_cast<int>(disk->read(fd_of(info), bytes, count, at));
}

int do_write(const char* /*path*/, const char* bytes, std::size_t count, off_t at,
             fuse_file_info* info) {
  return static_cast<int>(disk->write(fd_of(info), bytes, count, at));
}

// Where a file is in the folder; "" of one that has lost its name.
std::string path_of(int fd) {
  std::array<char, 4096> buffer{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t got = ::readlink(link.c_str(), buffer.data(), buffer.size());
  const std::string path(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  const std::string tree = disk->real("") + "/";
  return path.starts_with(tree) ? path.substr(tree.size()) : "";
}

int do_fsync(const char* /*path*/, int /*data_only*/, fuse_file_info* info) {
  if (const int code = bell.ring(path_of(fd_of(info)), given_up); code != 0) return code;
  return disk->sync(fd_of(info), given_up);
}

int do_fsyncdir(const char* /*path*/, int /*data_only*/, fuse_file_info* info) {
  if (const int code = bell.ring(path_of(fd_of(info)), given_up); code != 0) return code;
  return disk->sync_folder(given_up);
}

int do_release(const char* /*path*/, fuse_file_info* info) {
  ::close(fd_of(info));
  return 0;
}

int do_statfs(const char* /*path*/, struct statvfs* found) {
  return checked(::statvfs(disk->real("").c_str(), found));
}

int do_readlink(const char* path, char* buffer, std::size_t size) {
  const ssize_t got = ::readlink(real(path).c_str(), buffer, size - 1);
  if (got < 0) return -errno;
  buffer[got] = '\0';
  return 0;
}

// Nothing is cached by name or attribute: after a loss the old ones would be lies.
void* do_init(fuse_conn_info* /*connection*/, fuse_config* config) {
  config->use_ino = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  config->hard_remove = 1;  // Open files live on in the folder behind.
  config->nullpath_ok = 1;  // And may have lost their name.
  return nullptr;
}

fuse_operations operations() {
  fuse_operations all{};
  all.getattr = do_getattr;
  all.readlink = do_readlink;
  all.mkdir = [](const char* path, mode_t mode) { return disk->make_folder(relative(path), mode); };
  all.unlink = [](const char* path) { return disk->remove(relative(path), false); };
  all.rmdir = [](const char* path) { return disk->remove(relative(path), true); };
  all.symlink = [](const char* target, const char* path) {
    return disk->symlink(target, relative(path));
  };
  all.rename = [](const char* from, const char* to, unsigned flags) {
    return disk->rename(relative(from), relative(to), flags);
  };
  all.link = [](const char* from, const char* to) {
    return disk->link(relative(from), relative(to));
  };
  all.chmod = [](const char* path, mode_t mode, fuse_file_info* info) {
    return checked(info != nullptr ? ::fchmod(fd_of(info), mode)
                                   : ::chmod(real(path).c_str(), mode));
  };
  all.chown = [](const char* path, uid_t user, gid_t group, fuse_file_info* info) {
    return checked(info != nullptr ? ::fchown(fd_of(info), user, group)
                                   : ::lchown(real(path).c_str(), user, group));
  };
  all.truncate = do_truncate;
  all.open = do_open;
  all.read = do_read;
  all.write = do_write;
  all.statfs = do_statfs;
  all.release = do_release;
  all.fsync = do_fsync;
  all.opendir = do_opendir;
  all.readdir = do_readdir;
  all.releasedir = do_release;
  all.fsyncdir = do_fsyncdir;
  all.init = do_init;
  all.create = do_create;
  all.utimens = [](const char* path, const timespec times[2], fuse_file_info* info) {
    return checked(info != nullptr
                       ? ::futimens(fd_of(info), times)
                       : ::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
  };
  all.fallocate = [](const char*, int mode, off_t at, off_t count, fuse_file_info* info) {
    return disk->allocate(fd_of(info), mode, at, count);
  };
  return all;
}

std::string told(DiskCounts c) {
  c.waiting_fsyncs += bell.waiting();
  std::ostringstream out;
  out << "ok " << c.writes << ' ' << c.fsyncs << ' ' << c.lied << ' ' << c.slowed << ' ' << c.errors
      << ' ' << c.refused << ' ' << c.rotten << ' ' << c.lost_pages << ' ' << c.lost_names << ' '
      << c.unsynced_pages << ' ' << c.unsynced_names << ' ' << c.waiting_fsyncs;
  return out.str();
}

std::string answer(const std::string& request) {
  std::istringstream words(request);
  std::string verb;
  words >> verb;
  if (verb == "counts") return told(disk->counts());
  if (verb == "flush") return disk->flush(), "ok";
  if (verb == "bell") {
    bool hung = false;
    if (words >> hung) return bell.hang(hung), "ok";
  }
  if (verb == "hold") {
    std::int64_t at_most = 0;
    if (words >> at_most) return disk->hold_fsyncs(Nanos(at_most)), "ok";
  }
  if (verb == "lose") {
    double kept = 0;
    std::uint64_t seed = 0;
    if (words >> kept >> seed) return told(disk->lose(kept, seed));
  }
  if (verb == "set") {
    DiskRules rules;
    std::int64_t slow = 0;
    std::int64_t flush = 0;
    if (words >> rules.lying_fsync >> slow >> rules.fsync_error >> rules.write_error >>
        rules.read_error >> rules.full >> rules.rotten_read >> flush) {
      rules.slow_fsync = Nanos(slow);
      rules.flush_every = Nanos(flush);
      disk->set(rules);
      return "ok";
    }
  }
  return "not understood: " + request;
}

void keep_flushing() {
  while (true) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    disk->flush_if_due(Clock::now());
  }
}

void serve_requests() {
  std::array<char, 512> buffer{};
  while (true) {
    const ssize_t got = ::recv(STDOUT_FILENO, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) ::_exit(0);  // Whoever asked is gone; the mount ends with us.
    try {
      const std::string reply = answer({buffer.data(), static_cast<std::size_t>(got)});
      ::send(STDOUT_FILENO, reply.data(), reply.size(), MSG_NOSIGNAL);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "clew-disk: %s\n", e.what());
      ::_exit(4);
    }
  }
}

int serve(const char* behind, const char* mountpoint) {
  disk = std::make_unique<UndoDisk>(behind);
  ::umask(0);
  const fuse_operations all = operations();
  std::array<char*, 1> words{const_cast<char*>("clew-disk")};
  fuse_args arguments = FUSE_ARGS_INIT(1, words.data());
  fuse* server = fuse_new(&arguments, &all, sizeof all, nullptr);
  if (server == nullptr || fuse_mount(server, mountpoint) != 0) return 1;
  const std::string ready = "ready";
  ::send(STDOUT_FILENO, ready.data(), ready.size(), MSG_NOSIGNAL);
  std::thread(serve_requests).detach();
  std::thread(keep_flushing).detach();
  fuse_loop_config config{};
  config.max_idle_threads = 8;
  return fuse_loop_mt(server, &config) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace clew

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr,
                 "usage: clew-disk BEHIND MOUNTPOINT, its standard output being a socket\n");
    return 254;
  }
  try {
    return clew::serve(argv[1], argv[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "clew-disk: %s\n", e.what());
    return 4;
  }
}
