#include "harness/lab/undo_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include "harness/error.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr auto look_every = std::chrono::milliseconds(2);  // Whether a waiting caller is killed.

int result(int code) { return code < 0 ? -errno : code; }

off_t size_of(int fd) {
  struct stat found {};
  return ::fstat(fd, &found) == 0 ? found.st_size : 0;
}

fs::path made(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw EnvironmentError(path.string() + ": " + error.message());
  return path;
}

}  // namespace

UndoDisk::UndoDisk(const fs::path& behind)
    : tree_(made(behind / "tree")), removed_(made(behind / "removed")) {}

std::string UndoDisk::real(const std::string& path) const {
  return path.empty() ? tree_.string() : (tree_ / path).string();
}

// ---- Names ----

int UndoDisk::create(const std::string& path, int flags, mode_t mode) {
  const std::lock_guard lock(mutex_);
  if (rules_.full) return ++counts_.refused, -ENOSPC;
  const std::string file = real(path);
  const bool there = ::access(file.c_str(), F_OK) == 0;
  const int fd =
      ::open(file.c_str(), (flags & (O_EXCL | O_NOFOLLOW)) | O_RDWR | O_CREAT | O_CLOEXEC, mode);
  if (fd < 0) return -errno;
  if (!there) {
    names_.push_back({.change = Change::made, .path = path});
    dirty(fd, true);
  }
  return fd;
}

int UndoDisk::make_folder(const std::string& path, mode_t mode) {
  const std::lock_guard lock(mutex_);
  const int code = result(::mkdir(real(path).c_str(), mode));
  if (code == 0) names_.push_back({.change = Change::made_folder, .path = path});
  return code;
}

// What is removed is only put aside, until that is synced.
std::string UndoDisk::keep_aside(const std::string& path) {
  std::string kept = (removed_ / std::to_string(next_kept_++)).string();
  if (::rename(real(path).c_str(), kept.c_str()) != 0) return {};
  return kept;
}

int UndoDisk::remove(const std::string& path, bool folder) {
  const std::lock_guard lock(mutex_);
  struct stat found {};
  if (::lstat(real(path).c_str(), &found) != 0) return -errno;
  if (folder) {
    const int code = result(::rmdir(real(path).c_str()));
    if (code == 0) names_.push_back({.change = Change::removed_folder, .path = path});
    return code;
  }
  if (S_ISDIR(found.st_mode)) return -EISDIR;
  std::string kept = keep_aside(path);
  if (kept.empty()) return -errno;
  names_.push_back({.change = Change::removed, .path = path, .kept = std::move(kept)});
  return 0;
}

int UndoDisk::rename(const std::string& from, const std::string& to, unsigned flags) {
  const std::lock_guard lock(mutex_);
  if ((flags & ~unsigned{RENAME_NOREPLACE}) != 0) return -EINVAL;
  struct stat found {};
  if (::lstat(real(from).c_str(), &found) != 0) return -errno;
  Name name{.change = Change::renamed, .path = from, .to = to};
  struct stat target {};
  if (::lstat(real(to).c_str(), &target) == 0) {
    if ((flags & RENAME_NOREPLACE) != 0) return -EEXIST;
    if (target.st_ino == found.st_ino) return 0;
    if (S_ISDIR(target.st_mode)) {
      if (::rmdir(real(to).c_str()) != 0) return -errno;  // Only an empty one is replaced.
      names_.push_back({.change = Change::removed_folder, .path = to});
    } else {
      name.kept = keep_aside(to);
      if (name.kept.empty()) return -errno;
    }
  }
  if (::rename(real(from).c_str(), real(to).c_str()) != 0) {
    const int why = errno;
    if (!name.kept.empty()) ::rename(name.kept.c_str(), real(to).c_str());
    return -why;
  }
  names_.push_back(std::move(name));
  return 0;
}

int UndoDisk::link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const int code = result(::link(real(from).c_str(), real(to).c_str()));
  if (code == 0) names_.push_back({.change = Change::made, .path = to});
  return code;
}

int UndoDisk::symlink(const std::string& target, const std::string& path) {
  const std::lock_guard lock(mutex_);
  const int code = result(::symlink(target.c_str(), real(path).c_str()));
  if (code == 0) names_.push_back({.change = Change::made, .path = path});
  return code;
}

void UndoDisk::keep_names() {
  for (const Name& name : names_)
    if (!name.kept.empty()) ::unlink(name.kept.c_str());
  names_.clear();
  // Of a file that nobody can reach any more there is nothing to lose.
  std::erase_if(dirty_, [](const auto& entry) {
    struct stat found {};
    return ::fstat(entry.second.fd.get(), &found) != 0 || found.st_nlink == 0;
  });
}

void UndoDisk::undo(const Name& name) {
  switch (name.change) {
    case Change::made: ::unlink(real(name.path).c_str()); break;
    case Change::made_folder: ::rmdir(real(name.path).c_str()); break;
    case Change::removed: ::rename(name.kept.c_str(), real(name.path).c_str()); break;
    case Change::removed_folder: ::mkdir(real(name.path).c_str(), 0755); break;
    case Change::renamed:
      ::rename(real(name.to).c_str(), real(name.path).c_str());
      if (!name.kept.empty()) ::rename(name.kept.c_str(), real(name.to).c_str());
      break;
  }
}

// ---- Contents ----

// With the lock held. `fresh`: nothing of it is synced.
UndoDisk::Dirty& UndoDisk::dirty(int fd, bool fresh) {
  struct stat found {};
  ::fstat(fd, &found);
  const auto [it, added] = dirty_.try_emplace(found.st_ino);
  if (added) {
    // By its own path: the descriptor may have been opened for reading only.
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    it->second.fd = Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    it->second.synced_size = fresh ? 0 : found.st_size;
  }
  return it->second;
}

// The old bytes of each page in [from, to) that was synced and not changed since.
void UndoDisk::keep_pages(Dirty& file, off_t from, off_t to) {
  for (off_t page = from / page_size * page_size; page < std::min(to, file.synced_size);
       page += page_size) {
    if (file.pages.contains(page)) continue;
    std::vector<char> bytes(static_cast<std::size_t>(std::min(page_size, file.synced_size - page)));
    const ssize_t got = ::pread(file.fd.get(), bytes.data(), bytes.size(), page);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    file.pages.emplace(page, std::move(bytes));
  }
}

bool UndoDisk::chance(double share) { return share > 0 && rng_.chance(share); }

ssize_t UndoDisk::read(int fd, char* bytes, std::size_t count, off_t at) {
  const ssize_t got = ::pread(fd, bytes, count, at);
  if (got < 0) return -errno;
  const std::lock_guard lock(mutex_);
  if (chance(rules_.read_error)) return ++counts_.errors, -EIO;
  if (got > 0 && chance(rules_.rotten_read)) {
    char& victim = bytes[rng_.below(static_cast<std::uint64_t>(got))];
    victim = static_cast<char>(victim ^ (1 << rng_.below(8)));
    ++counts_.rotten;
  }
  return got;
}

ssize_t UndoDisk::write(int fd, const char* bytes, std::size_t count, off_t at) {
  const std::lock_guard lock(mutex_);
  ++counts_.writes;
  if (chance(rules_.write_error)) return ++counts_.errors, -EIO;
  // Preallocated room is there also on a full disk.
  if (rules_.full && at + static_cast<off_t>(count) > size_of(fd))
    return ++counts_.refused, -ENOSPC;
  keep_pages(dirty(fd, false), at, at + static_cast<off_t>(count));
  const ssize_t put = ::pwrite(fd, bytes, count, at);
  return put < 0 ? -errno : put;
}

int UndoDisk::truncate(int fd, off_t size) {
  const std::lock_guard lock(mutex_);
  Dirty& file = dirty(fd, false);
  keep_pages(file, size, file.synced_size);
  return result(::ftruncate(file.fd.get(), size));
}

int UndoDisk::allocate(int fd, int mode, off_t at, off_t count) {
  const std::lock_guard lock(mutex_);
  if (rules_.full && (mode & FALLOC_FL_PUNCH_HOLE) == 0) return ++counts_.refused, -ENOSPC;
  if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0)
    return -EOPNOTSUPP;  // Those that move bytes.
  Dirty& file = dirty(fd, false);
  if (mode != 0 && mode != FALLOC_FL_KEEP_SIZE) keep_pages(file, at, at + count);
  return result(::fallocate(fd, mode, at, count));
}

// Why it fails, where the rules say so; else 0, the wait being over.
int UndoDisk::refuse_fsync(const GivenUp& given_up) {
  std::unique_lock lock(mutex_);
  ++counts_.fsyncs;
  if (chance(rules_.fsync_error)) return ++counts_.errors, -EIO;
  const Deadline slow_until = Clock::now() + rules_.slow_fsync;
  if (rules_.slow_fsync > Nanos{0}) ++counts_.slowed;
  ++counts_.waiting_fsyncs;
  int code = 0;
  while (code == 0) {
    const Nanos wait = left(std::max(slow_until, held_until_));
    if (wait <= Nanos{0}) break;
    released_.wait_for(lock, std::min<Nanos>(wait, look_every));
    if (given_up && given_up()) code = -EINTR;
  }
  --counts_.waiting_fsyncs;
  return code;
}

int UndoDisk::sync(int fd, const GivenUp& given_up) {
  if (const int code = refuse_fsync(given_up); code != 0) return code;
  const std::lock_guard lock(mutex_);
  if (rules_.lying_fsync) return ++counts_.lied, 0;
  keep_names();
  struct stat found {};
  if (::fstat(fd, &found) != 0) return -errno;
  dirty_.erase(found.st_ino);
  return 0;
}

int UndoDisk::sync_folder(const GivenUp& given_up) {
  if (const int code = refuse_fsync(given_up); code != 0) return code;
  const std::lock_guard lock(mutex_);
  if (rules_.lying_fsync) return ++counts_.lied, 0;
  keep_names();
  return 0;
}

void UndoDisk::hold_fsyncs(Nanos at_most) {
  const std::lock_guard lock(mutex_);
  held_until_ = Clock::now() + at_most;
  released_.notify_all();
}

// What is there now is what a process would find that was killed now.
void UndoDisk::flush_if_due(Deadline now) {
  const std::lock_guard lock(mutex_);
  if (rules_.flush_every == Nanos{0} || now - flushed_ < rules_.flush_every) return;
  if (now < held_until_) return;  // Somebody waits for there to be something unsynced.
  flushed_ = now;
  keep_all();
}

void UndoDisk::flush() {
  const std::lock_guard lock(mutex_);
  keep_all();
}

void UndoDisk::keep_all() {
  keep_names();
  dirty_.clear();
}

// ---- Control ----

void UndoDisk::set(const DiskRules& rules) {
  const std::lock_guard lock(mutex_);
  rules_ = rules;
}

DiskCounts UndoDisk::counts() const {
  const std::lock_guard lock(mutex_);
  DiskCounts counts = counts_;
  counts.unsynced_names = names_.size();
  for (const auto& [inode, file] : dirty_) {
    const off_t beyond = std::max<off_t>(size_of(file.fd.get()) - file.synced_size, 0);
    counts.unsynced_pages +=
        file.pages.size() + static_cast<std::uint64_t>((beyond + page_size - 1) / page_size);
  }
  return counts;
}

// Each sector on its own: those that reach the disk before the others are not the
// first ones that were written.
std::uint64_t UndoDisk::lose_pages(Dirty& file, double kept, Rng& rng) {
  const auto survives = [&] { return kept > 0 && rng.chance(kept); };
  const int fd = file.fd.get();
  std::set<off_t> lost;  // Pages of which something is lost.
  for (const auto& [page, bytes] : file.pages) {
    for (off_t at = 0; at < static_cast<off_t>(bytes.size()); at += sector_size) {
      if (survives()) continue;
      lost.insert(page);
      const auto count =
          static_cast<std::size_t>(std::min(sector_size, static_cast<off_t>(bytes.size()) - at));
      if (::pwrite(fd, bytes.data() + at, count, page + at) != static_cast<ssize_t>(count))
        throw EnvironmentError(errno_text("pwrite()", errno));
    }
  }
  const off_t size = size_of(fd);
  off_t end = file.synced_size;
  std::vector<std::pair<off_t, off_t>> gaps;
  for (off_t at = end, next = 0; at < size; at = next) {
    next = std::min((at / sector_size + 1) * sector_size, size);
    if (survives()) {
      end = next;
    } else {
      lost.insert(at / page_size * page_size);
      gaps.emplace_back(at, next - at);
    }
  }
  if (::ftruncate(fd, end) != 0) throw EnvironmentError(errno_text("ftruncate()", errno));
  for (const auto& [at, count] : gaps)
    if (at < end && ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, count) != 0)
      throw EnvironmentError(errno_text("fallocate()", errno));
  return lost.size();
}

DiskCounts UndoDisk::lose(double kept, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  Rng rng = Rng::stream(seed, "power loss");
  for (auto& [inode, file] : dirty_) counts_.lost_pages += lose_pages(file, kept, rng);
  // The journal of a file system keeps its order: of the changes a first part is kept.
  std::size_t first_lost = 0;
  while (kept > 0 && first_lost < names_.size() && rng.chance(kept)) ++first_lost;
  counts_.lost_names += names_.size() - first_lost;
  while (names_.size() > first_lost) {
    undo(names_.back());
    names_.pop_back();
  }
  keep_all();
  held_until_ = {};
  released_.notify_all();
  return counts_;
}

}  // namespace clew
