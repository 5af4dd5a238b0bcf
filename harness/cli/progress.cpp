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

#include "harness/value.h"

namespace clew {
namespace {

constexpr auto redraw_every = std::chrono::milliseconds(200);

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
  Impl(ProgressStyle chosen, Nanos period, std::string name, std::function<Snapshot()> eye)
      : style(chosen), interval(period), title(std::move(name)), look(std::move(eye)) {}

  ProgressStyle style;
  Nanos interval;
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

  // What happened, or, if nothing did, how it stands.
  void json(const Snapshot& now, const std::string& happened) {
    const auto count = [](std::uint64_t n) { return Value(static_cast<std::int64_t>(n)); };
    Value::Object event{{"time", utc_stamp(std::chrono::system_clock::now())},
                        {"event", happened.empty() ? "progress" : "happened"},
                        {"elapsed_ns", now.elapsed.count()},
                        {"limit_ns", now.limit.count()},
                        {"phase", now.phase},
                        {"ok", count(now.ok)},
                        {"fail", count(now.fail)},
                        {"info", count(now.info)},
                        {"faults", now.faults},
                        {"leader", now.leader},
                        {"judged", now.judged}};
    if (!happened.empty()) event.emplace_back("text", happened);
    put(to_json(Value::object(std::move(event))) + "\n");
  }

  void line() {
    const Snapshot now = look();
    if (style == ProgressStyle::json) return json(now, "");
    put(utc_stamp(std::chrono::system_clock::now()) + " " + now.phase + " " +
        clock_text(now.elapsed) + "/" + clock_text(now.limit) + "  " + counts_text(now) +
        "  faults: " + (now.faults.empty() ? "none" : now.faults) +
        (now.leader.empty() ? "" : "  leader " + now.leader) +
        (now.judged.empty() ? "" : "  " + now.judged) + "\n");
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    const Nanos period = style == ProgressStyle::terminal ? Nanos(redraw_every) : interval;
    while (!wake.wait_for(lock, stop, period, [] { return false; }) && !stop.stop_requested()) {
      if (style == ProgressStyle::terminal) {
        draw();
      } else {
        line();
      }
    }
  }
};

Progress::Progress(ProgressStyle style, Nanos interval, std::string title,
                   std::function<Snapshot()> look)
    : impl_(std::make_unique<Impl>(style, interval, std::move(title), std::move(look))) {
  if (style == ProgressStyle::none) return;
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
  if (impl_->style == ProgressStyle::terminal) impl_->erase();
}

void Progress::event(const std::string& text) {
  if (impl_->style == ProgressStyle::none) return;
  const Nanos elapsed = impl_->look().elapsed;
  const std::lock_guard lock(impl_->mutex);
  if (impl_->style == ProgressStyle::terminal) {
    impl_->erase();
    put(("  " + clock_text(elapsed) + "  " + text).substr(0, terminal_width() - 1) + "\n");
    impl_->draw();
  } else if (impl_->style == ProgressStyle::json) {
    impl_->json(impl_->look(), text);
  } else {
    put(utc_stamp(std::chrono::system_clock::now()) + " " + clock_text(elapsed) + " " + text +
        "\n");
  }
}

ProgressStyle Progress::choose(const std::string& asked) {
  if (asked == "none") return ProgressStyle::none;
  if (asked == "terminal") return ProgressStyle::terminal;
  if (asked == "json") return ProgressStyle::json;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  const char* ci = std::getenv("CI");
  const bool redraws = ::isatty(STDERR_FILENO) == 1 && !dumb && (ci == nullptr || *ci == '\0');
  return asked == "auto" && redraws ? ProgressStyle::terminal : ProgressStyle::lines;
}

}  // namespace clew
