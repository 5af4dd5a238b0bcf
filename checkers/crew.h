#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace clew {

// A fixed number of threads that do what somebody has to share out, also from
// inside of such work: whoever has nothing else to do helps with what is nearest
// to its end. One crew serves the keys of a history and the search in each.
class Crew {
 public:
  // The caller of share() is one of the `threads` (0: one a core). The others start
  // when there is first something to share, and end with the crew.
  explicit Crew(unsigned threads);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  unsigned threads() const { return threads_; }

  // Runs work(i) for each i < `count`, started in that order. Returns when all are
  // done; of several that throw, the one with the smallest i is thrown on, so that
  // the outcome does not depend on chance.
  void share(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  struct Job {
    const std::function<void(std::size_t)>& work;
    const std::size_t count;
    std::size_t next = 0;  // All of it under mutex_.
    unsigned busy = 0;     // Threads that are at it.
    std::exception_ptr thrown{};
    std::size_t thrown_at = 0;
  };

  void help();
  void do_some(Job& job, std::unique_lock<std::mutex>& lock);

  const unsigned threads_;
  std::mutex mutex_;
  std::condition_variable news_, done_;
  std::vector<Job*> jobs_;  // That have something left to start.
  bool over_ = false;
  std::vector<std::jthread> helpers_;
};

}  // namespace clew
