#include "harness/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "harness/error.h"
#include "harness/history_file.h"

namespace clew {
namespace {

constexpr std::size_t queue_bytes_max = 64U << 20;
constexpr std::size_t write_at_bytes = 256U << 10;
constexpr auto write_at_latest = std::chrono::milliseconds(5);

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// One buffer a thread: making a line allocates nothing once it has grown.
std::string& line_buffer() {
  thread_local std::string buffer;
  buffer.clear();
  return buffer;
}

}  // namespace

Recorder::Recorder(const std::filesystem::path& path, Clock::time_point start, Observer observer)
    : path_(path),
      start_(start),
      observer_(std::move(observer)),
      file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644)) {
  if (!file_) throw EnvironmentError(errno_text("open(" + path.string() + ")", errno));
  writer_ = std::thread([this] { write_loop(); });
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  filled_.notify_one();
  if (writer_.joinable()) writer_.join();
}

void Recorder::invoke(Op& op) {
  std::string& rest = line_buffer();
  append_history_rest(rest, op);
  queue(op, rest, true);
}

void Recorder::complete(Op& op) {
  std::string& rest = line_buffer();
  append_history_rest(rest, op);
  queue(op, rest, false);
}

void Recorder::queue(Op& op, const std::string& rest, bool stamp) {
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    drained_.wait(lock, [&] { return queued_.size() < queue_bytes_max || failed(); });
    if (stamp) op.time = now();
    op.index = next_index_++;
    if (failed()) return;
    const bool was_small = queued_.size() < write_at_bytes;
    queued_ += "{\"index\":";
    append_number(queued_, op.index);
    queued_ += ",\"time\":";
    append_number(queued_, op.time.count());
    queued_ += rest;
    if (observer_) observer_(op);
    wake = was_small && queued_.size() >= write_at_bytes;
  }
  events_.fetch_add(1, std::memory_order_relaxed);
  if (wake) filled_.notify_one();
}

void Recorder::write_loop() {
  std::string writing;
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      filled_.wait_for(lock, write_at_latest,
                       [&] { return closing_ || queued_.size() >= write_at_bytes; });
      last = closing_;
      writing.clear();
      std::swap(writing, queued_);
    }
    drained_.notify_all();
    if (!writing.empty() && !failed() && !write_out(writing)) drained_.notify_all();
  }
}

bool Recorder::write_out(std::string_view text) {
  const std::uint64_t whole = written_bytes_ + text.size();
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      // What was written of this piece may end inside a line.
      const std::uint64_t reached = whole - text.size();
      const std::string_view piece(text.data() - (reached - written_bytes_),
                                   static_cast<std::size_t>(whole - written_bytes_));
      const std::size_t keep =
          piece.substr(0, static_cast<std::size_t>(reached - written_bytes_)).rfind('\n') + 1;
      const bool cut = ::ftruncate(file_.get(), static_cast<off_t>(written_bytes_ + keep)) == 0;
      const std::lock_guard lock(mutex_);
      failure_ = errno_text("write(" + path_.string() + ")", why) +
                 "; the history up to there is kept" + (cut ? "" : ", its last line may be cut");
      failed_.store(true, std::memory_order_release);
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  written_bytes_ = whole;
  return true;
}

void Recorder::finish() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  filled_.notify_one();
  if (writer_.joinable()) writer_.join();
  if (!failed() && ::fsync(file_.get()) != 0)
    throw EnvironmentError(errno_text("fsync(" + path_.string() + ")", errno));
  if (failed()) throw EnvironmentError(failure());
}

std::string Recorder::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace clew
