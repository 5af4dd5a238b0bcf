#include "harness/cli/live_judge.h"

#include <exception>

#include "reports/wording.h"

namespace clew {

LiveJudge::LiveJudge(std::vector<std::unique_ptr<Stream>> streams,
                     std::function<void(const Stream::Violation&)> alarm)
    : streams_(std::move(streams)), alarm_(std::move(alarm)) {
  if (!streams_.empty()) thread_ = std::thread([this] { loop(); });
}

LiveJudge::~LiveJudge() { finish(); }

void LiveJudge::see(const Op& op) {
  if (streams_.empty() || op.process < 0) return;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!trouble_.empty() || closing_) return;
    if (waiting_.size() >= most_waiting) {
      trouble_ = "it fell too far behind the load";
      waiting_.clear();
      return;
    }
    first = waiting_.empty();
    waiting_.push_back(op);
  }
  if (first) filled_.notify_one();
}

void LiveJudge::loop() {
  std::vector<Op> ops;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      ops.clear();
      ops.swap(waiting_);
    }
    try {
      feed(ops);
    } catch (const std::exception& error) {
      // Whoever judges the whole history will say it again, and to whom it matters.
      const std::lock_guard lock(mutex_);
      trouble_ = error.what();
      waiting_.clear();
    }
  }
}

void LiveJudge::feed(const std::vector<Op>& ops) {
  for (const Op& op : ops) {
    for (const auto& stream : streams_) {
      stream->feed(op);
      if (violation_ || !stream->violation()) continue;
      violation_ = stream->violation();
      {
        const std::lock_guard lock(mutex_);
        alarmed_ = true;
      }
      alarm_(*violation_);
    }
  }
  const std::lock_guard lock(mutex_);
  judged_ = 0;
  for (const auto& stream : streams_) judged_ += stream->judged();
}

std::string LiveJudge::sentence() const {
  if (streams_.empty()) return {};
  const std::lock_guard lock(mutex_);
  if (!trouble_.empty()) return "no longer judged: " + trouble_;
  return grouped(judged_) + " judged, " + (alarmed_ ? "VIOLATION" : "no violation");
}

void LiveJudge::finish() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  filled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::string LiveJudge::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace clew
