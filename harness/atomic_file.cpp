#include "harness/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "harness/error.h"
#include "harness/fd.h"
#include "harness/huge_pages.h"

namespace clew {
namespace {

void write_all(int file, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw EnvironmentError(errno_text("write(" + name + ")", errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Readers want some bytes behind the text: that they find room saves a copy of it all.
constexpr std::size_t room_behind = 256;

void sync_folder(const std::filesystem::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());  // Best effort: some file systems refuse it on folders.
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(int file)>& write) {
  const std::filesystem::path aside = path.string() + ".tmp" + std::to_string(::getpid());
  try {
    const Fd file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) throw EnvironmentError(errno_text("open(" + aside.string() + ")", errno));
    write(file.get());
    if (::fsync(file.get()) != 0)
      throw EnvironmentError(errno_text("fsync(" + path.string() + ")", errno));
    if (::rename(aside.c_str(), path.c_str()) != 0)
      throw EnvironmentError(errno_text("rename(" + path.string() + ")", errno));
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
  sync_folder(path.parent_path());
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, [&](int file) { write_all(file, text, path.string()); });
}

void relink_atomically(const std::filesystem::path& link, const std::filesystem::path& target) {
  std::error_code error;
  const auto there = std::filesystem::symlink_status(link, error);
  if (!error && std::filesystem::exists(there) && !std::filesystem::is_symlink(there)) return;
  const std::filesystem::path aside = link.string() + ".tmp" + std::to_string(::getpid());
  ::unlink(aside.c_str());
  if (::symlink(target.c_str(), aside.c_str()) != 0)
    throw EnvironmentError(errno_text("symlink(" + link.string() + ")", errno));
  if (::rename(aside.c_str(), link.c_str()) != 0) {
    const int why = errno;
    ::unlink(aside.c_str());
    throw EnvironmentError(errno_text("rename(" + link.string() + ")", why));
  }
}

std::string read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw UsageError(path.string() + ": is a folder, not a file");
  const Fd in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) throw UsageError(path.string() + ": cannot be opened; is it a file you may read?");
  struct stat status {};
  std::string text;
  if (::fstat(in.get(), &status) == 0 && status.st_size > 0) {
    const std::size_t whole = static_cast<std::size_t>(status.st_size) + 1;  // To see its end.
    reserve_on_huge_pages(text, whole + room_behind);
    text.resize(whole);
  }
  std::size_t size = 0;
  for (;;) {
    if (size == text.size()) text.resize(std::max<std::size_t>(2 * size, 4096));
    const ssize_t got = ::read(in.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw UsageError(path.string() + ": " + errno_text("read", errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

}  // namespace clew
