#include "nemesis/wrong_bits.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "harness/error.h"
#include "harness/fd.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

using Page = std::array<std::uint8_t, 4096>;

// Empty of a page with zeros only, and behind the end.
std::size_t read_page(int fd, off_t at, Page& page) {
  const ssize_t got = ::pread(fd, page.data(), page.size(), at);
  const auto size = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  const bool zeros = std::all_of(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(size),
                                 [](std::uint8_t byte) { return byte == 0; });
  return zeros ? 0 : size;
}

std::vector<off_t> written_pages(const Fd& file) {
  std::vector<off_t> pages;
  struct stat found {};
  if (!file || ::fstat(file.get(), &found) != 0) return pages;
  Page page{};
  for (off_t at = 0; at < found.st_size; at += static_cast<off_t>(page.size()))
    if (read_page(file.get(), at, page) > 0) pages.push_back(at);
  return pages;
}

// In the order of their names: the same draw hits the same file.
std::vector<fs::path> files_in(const fs::path& folder, const std::regex& which) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() &&
        std::regex_search(entry.path().lexically_relative(folder).string(), which))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Fd open_file(const fs::path& file) { return Fd(::open(file.c_str(), O_RDWR | O_CLOEXEC)); }

void put_byte(const Fd& file, off_t at, std::uint8_t byte) {
  if (::pwrite(file.get(), &byte, 1, at) != 1) throw HarnessError(errno_text("pwrite()", errno));
}

}  // namespace

WrongBits::WrongBits(const fs::path& folder, const std::regex& which, double share, Rng& rng) {
  std::vector<fs::path> files = files_in(folder, which);
  std::vector<off_t> pages;
  while (pages.empty()) {
    if (files.empty()) throw HarnessError("no such file with anything in it in " + folder.string());
    const auto drawn = files.begin() + static_cast<std::ptrdiff_t>(rng.below(files.size()));
    file_ = *drawn;
    files.erase(drawn);
    pages = written_pages(open_file(file_));
  }
  name_ = file_.lexically_relative(folder).string();
  const auto many =
      static_cast<std::size_t>(std::lround(share * static_cast<double>(pages.size())));
  rng.shuffle(pages);
  pages.resize(std::clamp<std::size_t>(many, 1, pages.size()));
  const Fd file = open_file(file_);
  for (const off_t at : pages) {
    Page page{};
    const std::size_t place = rng.below(read_page(file.get(), at, page));
    const off_t where = at + static_cast<off_t>(place);
    put_byte(file, where, static_cast<std::uint8_t>(page.at(place) ^ (1U << rng.below(8))));
    wrongs_.push_back({where, page.at(place)});
  }
  if (::fsync(file.get()) != 0 || ::fstat(file.get(), &after_) != 0)
    throw HarnessError(errno_text(file_.string(), errno));
}

bool WrongBits::mend() const {
  const Fd file = open_file(file_);
  struct stat now {};
  if (!file || ::fstat(file.get(), &now) != 0 || now.st_ino != after_.st_ino ||
      now.st_size != after_.st_size || now.st_mtim.tv_sec != after_.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != after_.st_mtim.tv_nsec)
    return false;
  for (const Wrong& wrong : wrongs_) put_byte(file, wrong.at, wrong.right);
  return ::fsync(file.get()) == 0;
}

std::string WrongBits::text() const {
  return std::to_string(wrongs_.size()) +
         (wrongs_.size() == 1 ? " wrong bit in " : " wrong bits in ") + name_;
}

}  // namespace clew
