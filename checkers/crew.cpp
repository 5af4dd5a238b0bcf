#include "checkers/crew.h"

#include <algorithm>

namespace clew {

Crew::Crew(unsigned threads)
    : threads_(threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : threads) {}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  news_.notify_all();
}

void Crew::share(std::size_t count, const std::function<void(std::size_t)>& work) {
  if (threads_ == 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  Job job{work, count};
  std::unique_lock lock(mutex_);
  while (helpers_.size() + 1 < threads_) helpers_.emplace_back([this] { help(); });
  jobs_.push_back(&job);
  news_.notify_all();
  ++job.busy;
  do_some(job, lock);
  done_.wait(lock, [&job] { return job.busy == 0; });
  if (job.thrown) std::rethrow_exception(job.thrown);
}

void Crew::help() {
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return over_ || !jobs_.empty(); });
    if (over_) return;
    Job& job = *jobs_.back();
    ++job.busy;
    do_some(job, lock);
  }
}

// Counted as busy by the caller; the job may be gone when this returns.
void Crew::do_some(Job& job, std::unique_lock<std::mutex>& lock) {
  while (job.next < job.count) {
    const std::size_t i = job.next++;
    if (job.next == job.count) std::erase(jobs_, &job);
    lock.unlock();
    std::exception_ptr thrown;
    try {
      job.work(i);
    } catch (...) { thrown = std::current_exception(); }
    lock.lock();
    if (thrown && (!job.thrown || i < job.thrown_at)) job.thrown = thrown, job.thrown_at = i;
  }
  if (--job.busy == 0) done_.notify_all();
}

}  // namespace clew
