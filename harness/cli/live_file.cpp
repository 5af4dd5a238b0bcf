#include "harness/cli/live_file.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "reports/performance.h"

namespace clew {
namespace {

constexpr auto period = std::chrono::seconds(1);

}  // namespace

LiveFile::LiveFile(std::filesystem::path path, std::function<Live()> look)
    : path_(std::move(path)),
      look_(std::move(look)),
      thread_([this](const std::stop_token& stop) { loop(stop); }) {}

LiveFile::~LiveFile() {
  thread_.request_stop();
  thread_.join();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void LiveFile::see(const Op& op) {
  if (op.process == nemesis_process) return;
  const std::lock_guard lock(mutex_);
  loaded_ = true;
  if (op.kind == Kind::invoke) {
    invoked_[op.process] = op.time;
    return;
  }
  if (op.kind == Kind::ok) {
    ++ops_.ok;
    if (const auto begun = invoked_.find(op.process); begun != invoked_.end())
      latencies_.push_back(op.time - begun->second);
  } else {
    ++(op.kind == Kind::fail ? ops_.fail : ops_.info);
  }
  invoked_.erase(op.process);
}

Live::Second LiveFile::take_second() {
  std::vector<Nanos> latencies;
  Live::Second second;
  {
    const std::lock_guard lock(mutex_);
    latencies.swap(latencies_);
    second.ops = std::exchange(ops_, {});
  }
  if (latencies.empty()) return second;
  second.p50 = percentile(latencies, 0.50);
  second.p99 = percentile(latencies, 0.99, (latencies.size() - 1) / 2);
  return second;
}

void LiveFile::loop(const std::stop_token& stop) {
  Deadline next = Clock::now();
  do {
    Live live = look_();
    bool loaded = false;
    {
      const std::lock_guard lock(mutex_);
      loaded = loaded_;
    }
    if (loaded) seconds_.push_back(take_second());
    if (seconds_.size() > Live::most_seconds) seconds_.erase(seconds_.begin());
    live.seconds = seconds_;
    write(live_to_json(live));
    next = std::max(next + period, Clock::now());
  } while (sleep_until(next, stop));
}

// Without fsync, which would cost the servers under test a share of the disk: nobody needs it
// after a crash.
void LiveFile::write(const std::string& text) const {
  std::error_code ignored;
  const std::filesystem::path aside = path_.string() + ".tmp";
  {
    std::ofstream file(aside, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) {
      std::filesystem::remove(aside, ignored);
      return;
    }
  }
  std::filesystem::rename(aside, path_, ignored);
}

}  // namespace clew
