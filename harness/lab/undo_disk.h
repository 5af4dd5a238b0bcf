#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/disk.h"
#include "harness/fd.h"
#include "harness/rng.h"

namespace clew {

// A folder that remembers what would be lost if the power failed now. What is written
// goes through to a folder behind it; of each page that is overwritten for the first
// time since its file was synced the old bytes are kept in memory, and each change of
// a name is kept as its undoing. fsync forgets them; lose() plays them back.
//
// As ext4 does it: an fsync of any file or folder keeps all changes of names so far,
// and the contents of that file only. Paths are relative to the folder, without a
// leading slash; "" is the folder itself. Functions return 0 or a count, or -errno.
// Thread-safe.
class UndoDisk {
 public:
  // Keeps its things in `behind`/tree and `behind`/removed.
  explicit UndoDisk(const std::filesystem::path& behind);

  std::string real(const std::string& path) const;  // Where it is in the folder behind.

  int create(const std::string& path, int flags, mode_t mode);  // Returns a descriptor.
  int make_folder(const std::string& path, mode_t mode);
  int remove(const std::string& path, bool folder);
  int rename(const std::string& from, const std::string& to, unsigned flags);
  int link(const std::string& from, const std::string& to);
  int symlink(const std::string& target, const std::string& path);

  ssize_t read(int fd, char* bytes, std::size_t count, off_t at);
  ssize_t write(int fd, const char* bytes, std::size_t count, off_t at);
  int truncate(int fd, off_t size);
  int allocate(int fd, int mode, off_t at, off_t count);
  // Each waits where the rules or a hold say so, in short steps: when `given_up` says
  // that who asked is being killed, nothing is kept and the answer is -EINTR.
  using GivenUp = std::function<bool()>;
  int sync(int fd, const GivenUp& given_up);  // A file's.
  int sync_folder(const GivenUp& given_up);
  // Everything is synced, where the rules say that it is time.
  void flush_if_due(Deadline now);
  void flush();

  void set(const DiskRules& rules);
  DiskCounts counts() const;
  void hold_fsyncs(Nanos at_most);
  // Throws EnvironmentError where the folder behind cannot be set back.
  DiskCounts lose(double kept, std::uint64_t seed);

 private:
  static constexpr off_t page_size = 4096;
  static constexpr off_t sector_size = 512;  // What a disk writes whole or not at all.

  // A file with something unsynced, by inode. Its descriptor pins the inode.
  struct Dirty {
    Fd fd{};
    off_t synced_size = 0;
    std::map<off_t, std::vector<char>> pages{};  // Old bytes, by where the page begins.
  };
  enum class Change : std::uint8_t { made, made_folder, removed, removed_folder, renamed };
  struct Name {
    Change change = Change::made;
    std::string path{}, to{};
    std::string kept{};  // Where what was removed or replaced is kept; empty: nowhere.
  };

  Dirty& dirty(int fd, bool fresh);
  void keep_pages(Dirty& file, off_t from, off_t to);
  std::string keep_aside(const std::string& path);
  void keep_names();
  void keep_all();
  void undo(const Name& name);
  static std::uint64_t lose_pages(Dirty& file, double kept, Rng& rng);
  int refuse_fsync(const GivenUp& given_up);
  bool chance(double share);

  const std::filesystem::path tree_, removed_;
  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable released_;
  Deadline held_until_{};
  DiskRules rules_;
  DiskCounts counts_;
  std::map<ino_t, Dirty> dirty_;
  std::vector<Name> names_;
  std::uint64_t next_kept_ = 0;
  Deadline flushed_ = Clock::now();
  Rng rng_{1};
};

}  // namespace clew
