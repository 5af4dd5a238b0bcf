#include "harness/cli/store_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "harness/error.h"
#include "harness/store.h"

namespace clew {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;
// A run writes its live.json once a second.
constexpr auto alive_for = std::chrono::seconds(15);

// Not a name of something right here.
bool strays(const std::string& part) {
  return part.empty() || part == "." || part == ".." ||
         part.find_first_of(std::string("/\0", 2)) != std::string::npos;
}

std::string mark_of(const struct stat& status) {
  return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

bool fresh(const struct stat& status) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::seconds(status.st_mtim.tv_sec) < alive_for;
}

std::string whole(const Fd& file, const std::string& name) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw UsageError(errno_text("fstat(" + name + ")", errno));
  if (static_cast<std::uint64_t>(status.st_size) > most_bytes)
    throw UsageError(name + " is larger than 64 MiB");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t read = 0;
  while (read < text.size()) {
    const ssize_t n = ::read(file.get(), text.data() + read, text.size() - read);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw UsageError(errno_text("read(" + name + ")", errno));
    if (n == 0) break;
    read += static_cast<std::size_t>(n);
  }
  text.resize(read);
  return text;
}

}  // namespace

Fd StoreView::open(const std::vector<std::string>& parts, bool& is_folder) const {
  Fd at(::open(store_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const std::string& part : parts) {
    if (!at || strays(part)) return {};
    // Neither a link is followed nor is a pipe waited for.
    at = Fd(::openat(at.get(), part.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  }
  struct stat status {};
  if (!at || ::fstat(at.get(), &status) != 0) return {};
  is_folder = S_ISDIR(status.st_mode);
  if (!is_folder && !S_ISREG(status.st_mode)) return {};
  return at;
}

std::vector<Listed> StoreView::list(const Fd& folder) const {
  std::vector<Listed> files;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(
      ::fdopendir(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0)), &::closedir);
  if (!open) return files;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (strays(name) || ::fstatat(folder.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (S_ISDIR(status.st_mode)) files.push_back({.name = name + "/"});
    if (S_ISREG(status.st_mode))
      files.push_back({.name = name, .size = static_cast<std::uint64_t>(status.st_size)});
  }
  std::sort(files.begin(), files.end(),
            [](const Listed& a, const Listed& b) { return a.name < b.name; });
  return files;
}

std::string StoreView::text(const std::vector<std::string>& parts) const {
  bool is_folder = false;
  const Fd file = open(parts, is_folder);
  if (!file || is_folder) throw UsageError("there is no " + parts.back());
  return whole(file, parts.back());
}

Digest StoreView::without_results(Digest run) const {
  try {
    const RunInfo info = run_info_from_json(text({run.name, run.stamp, "run.json"}));
    run.system = info.system;
    run.version = info.system_version;
    run.workload = info.workload;
    run.nemesis = info.nemesis;
    run.started = info.started;
    run.seed = info.seed;
    run.state = Digest::State::incomplete;
    run.problem = "no results: it still goes on, or was killed; clew check judges what it recorded";
  } catch (const UsageError& e) {
    run.state = Digest::State::damaged;
    run.problem = e.what();
  }
  bool is_folder = false;
  const Fd live = open({run.name, run.stamp, "live.json"}, is_folder);
  struct stat status {};
  if (run.state == Digest::State::incomplete && live && ::fstat(live.get(), &status) == 0 &&
      fresh(status))
    run.state = Digest::State::running;
  return run;
}

Digest StoreView::read(const std::string& name, const std::string& stamp) {
  bool is_folder = false;
  const Fd file = open({name, stamp, "results.json"}, is_folder);
  Seen& seen = seen_[name + "/" + stamp];
  struct stat status {};
  if (!file || is_folder || ::fstat(file.get(), &status) != 0) {
    seen = {};
    return without_results({.name = name, .stamp = stamp});
  }
  if (const std::string mark = mark_of(status); seen.mark != mark) {
    try {
      seen.digest = digest_of(results_from_json(whole(file, "results.json")));
    } catch (const UsageError& e) {
      seen.digest = {.state = Digest::State::damaged, .problem = e.what()};
    }
    seen.digest.name = name;
    seen.digest.stamp = stamp;
    seen.mark = mark;
  }
  seen.digest.has_report = static_cast<bool>(open({name, stamp, "report.html"}, is_folder));
  return seen.digest;
}

std::optional<Digest> StoreView::run(const std::string& name, const std::string& stamp) {
  bool is_folder = false;
  if (const Fd folder = open({name, stamp}, is_folder); !folder || !is_folder) return std::nullopt;
  return read(name, stamp);
}

const std::vector<Digest>& StoreView::runs() {
  runs_.clear();
  bool is_folder = false;
  const Fd store = open({}, is_folder);
  if (!store) return runs_;
  for (const Listed& job : list(store)) {
    if (!job.name.ends_with('/')) continue;
    const std::string name = job.name.substr(0, job.name.size() - 1);
    const Fd folder = open({name}, is_folder);
    if (!folder) continue;
    for (const Listed& entry : list(folder)) {
      if (!entry.name.ends_with('/')) continue;
      const std::string stamp = entry.name.substr(0, entry.name.size() - 1);
      // What clew test-all says of a matrix is no run.
      if (!open({name, stamp, "batch.jsonl"}, is_folder)) runs_.push_back(read(name, stamp));
    }
  }
  return runs_;
}

}  // namespace clew
