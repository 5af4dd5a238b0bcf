#include "harness/cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

namespace clew {
namespace {

constexpr auto redraw_every = std::chrono::milliseconds(200);
constexpr auto line_every = std::chrono::seconds(10);

std::string clock_text(Nanos time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02lld:%02lld", static_cast<long long>(seconds / 60),
                static_cast<long long>(seconds % 60));
  return text.data();
}

std::string counts_text(const Snapshot& now) {
  const std::uint64_t total = now.ok + now.fail + now.info;
  if (total == 0) return "ops 0";
  const double seconds = std::max(0.001, std::chrono::duration<double>(now.elapsed).count());
  const auto share = [&](std::uint64_t part) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(total);
  };
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), "ops %llu  %.0f/s  ok %.1f %% fail %.1f %% info %.1f %%",
                static_cast<unsigned long long>(total), static_cast<double>(total) / seconds,
                share(now.ok), share(now.fail), share(now.info));
  return text.data();
}

std::string bar(Nanos elapsed, Nanos limit) {
  constexpr int width = 24;
  if (limit <= Nanos{0}) return {};
  const double done = std::clamp(
      std::chrono::duration<double>(elapsed) / std::chrono::duration<double>(limit), 0.0, 1.0);
  const int filled = static_cast<int>(done * width);
  return "[" + std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(width - filled), '.') + "]";
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

void put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

struct Progress::Impl {
  Impl(Style chosen, std::string name, std::function<Snapshot()> eye)
      : style(chosen), title(std::move(name)), look(std::move(eye)) {}

  Style style;
  std::string title;
  std::function<Snapshot()> look;
  std::mutex mutex{};
  std::condition_variable_any wake{};
  std::size_t drawn = 0;  // Lines on the screen now.
  std::jthread thread{};

  void erase() {
    if (drawn > 0) put("\x1b[" + std::to_string(drawn) + "A\x1b[J");
    drawn = 0;
  }

  void draw() {
    const Snapshot now = look();
    std::vector<std::string> lines{title + "  " + now.phase + "  " + clock_text(now.elapsed) + "/" +
                                       clock_text(now.limit) + "  " + bar(now.elapsed, now.limit),
                                   counts_text(now),
                                   "faults: " + (now.faults.empty() ? "none" : now.faults) +
                                       (now.leader.empty() ? "" : "   leader " + now.leader)};
    if (!now.judged.empty()) lines.push_back(now.judged);
    erase();
    std::string text;
    for (const std::string& line : lines) text += line.substr(0, terminal_width() - 1) + "\n";
    put(text);
    drawn = lines.size();
  }

  void line() {
    const Snapshot now = look();
    put(utc_stamp(std::chrono::system_clock::now()) + " " + now.phase + " " +
        clock_text(now.elapsed) + "/" + clock_text(now.limit) + "  " + counts_text(now) +
        "  faults: " + (now.faults.empty() ? "none" : now.faults) +
        (now.leader.empty() ? "" : "  leader " + now.leader) +
        (now.judged.empty() ? "" : "  " + now.judged) + "\n");
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    const Nanos period = style == Style::terminal ? Nanos(redraw_every) : Nanos(line_every);
    while (!wake.wait_for(lock, stop, period, [] { return false; }) && !stop.stop_requested()) {
      if (style == Style::terminal) {
        draw();
      } else {
        line();
      }
    }
  }
};

Progress::Progress(Style style, std::string title, std::function<Snapshot()> look)
    : impl_(std::make_unique<Impl>(style, std::move(title), std::move(look))) {
  if (style == Style::quiet) return;
  impl_->thread =
      std::jthread([impl = impl_.get()](const std::stop_token& stop) { impl->run(stop); });
}

Progress::~Progress() { finish(); }

void Progress::finish() {
  if (impl_->thread.joinable()) {
    impl_->thread.request_stop();
    impl_->thread.join();
  }
  const std::lock_guard lock(impl_->mutex);
  if (impl_->style == Style::terminal) impl_->erase();
}

void Progress::event(const std::string& text) {
  if (impl_->style == Style::quiet) return;
  const Nanos elapsed = impl_->look().elapsed;
  const std::lock_guard lock(impl_->mutex);
  if (impl_->style == Style::terminal) {
    impl_->erase();
    put(("  " + clock_text(elapsed) + "  " + text).substr(0, terminal_width() - 1) + "\n");
    impl_->draw();
  } else {
    put(utc_stamp(std::chrono::system_clock::now()) + " " + clock_text(elapsed) + " " + text +
        "\n");
  }
}

Progress::Style Progress::choose(bool quiet) {
  if (quiet) return Style::quiet;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  const char* ci = std::getenv("CI");
  if (::isatty(STDERR_FILENO) == 1 && !dumb && (ci == nullptr || *ci == '\0'))
    return Style::terminal;
  return Style::lines;
}

}  // namespace clew
