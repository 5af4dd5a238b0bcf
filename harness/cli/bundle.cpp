#include "harness/cli/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "harness/fd.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(archive* given) const { archive_write_free(given); }
  void operator()(archive_entry* given) const { archive_entry_free(given); }
};
using Archive = std::unique_ptr<archive, Close>;
using Entry = std::unique_ptr<archive_entry, Close>;

void need(archive* given, la_ssize_t result, const fs::path& what) {
  if (result >= ARCHIVE_OK) return;
  const char* why = archive_error_string(given);
  throw EnvironmentError("cannot pack " + what.string() + ": " + (why != nullptr ? why : "?"));
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && !entry.is_symlink())
      files.push_back(fs::relative(entry.path(), folder));
  std::sort(files.begin(), files.end());
  return files;
}

// Of a file that grows meanwhile as much as it had at first; one that shrinks is filled up.
void add_file(archive* out, const fs::path& folder, const fs::path& file) {
  const Fd in(::open((folder / file).c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) throw EnvironmentError(errno_text("open(" + (folder / file).string() + ")", errno));
  auto left = static_cast<std::int64_t>(fs::file_size(folder / file));
  const Entry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), (folder.filename() / file).c_str());
  archive_entry_set_size(entry.get(), left);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  need(out, archive_write_header(out, entry.get()), file);
  std::array<char, 65536> buffer{};
  while (left > 0) {
    const auto most = static_cast<std::size_t>(
        std::min<std::int64_t>(left, static_cast<std::int64_t>(buffer.size())));
    const ssize_t got = ::read(in.get(), buffer.data(), most);
    if (got < 0) throw EnvironmentError(errno_text("read(" + file.string() + ")", errno));
    if (got == 0) break;
    need(out, archive_write_data(out, buffer.data(), static_cast<std::size_t>(got)), file);
    left -= got;
  }
}

void write_to(int fd, const fs::path& folder) {
  const Archive out(archive_write_new());
  need(out.get(), archive_write_add_filter_gzip(out.get()), folder);
  // No name and no time in the header of gzip.
  need(out.get(), archive_write_set_options(out.get(), "gzip:!timestamp"), folder);
  need(out.get(), archive_write_set_format_pax_restricted(out.get()), folder);
  need(out.get(), archive_write_open_fd(out.get(), fd), folder);
  for (const fs::path& file : files_of(folder)) add_file(out.get(), folder, file);
  need(out.get(), archive_write_close(out.get()), folder);
}

}  // namespace

void write_bundle(const fs::path& folder, const fs::path& output) {
  try {
    write_file_atomically(output, [&](int file) { write_to(file, fs::canonical(folder)); });
  } catch (const fs::filesystem_error& e) {
    throw EnvironmentError(std::string("cannot pack ") + folder.string() + ": " + e.what());
  }
}

}  // namespace clew
