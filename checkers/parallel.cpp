#include "checkers/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace clew {

unsigned threads_for(std::size_t tasks, unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::clamp<std::size_t>(tasks, 1, threads));
}

void run_parallel(const std::vector<std::size_t>& order, unsigned threads,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr first;
  std::size_t first_at = 0;
  const auto loop = [&] {
    for (std::size_t i = next++; i < order.size(); i = next++) {
      try {
        work(order[i]);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first || order[i] < first_at) first = std::current_exception(), first_at = order[i];
      }
    }
  };
  const unsigned count = threads_for(order.size(), threads);
  if (count <= 1) {
    loop();
  } else {
    std::vector<std::jthread> pool;
    for (unsigned i = 0; i < count; ++i) pool.emplace_back(loop);
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace clew
