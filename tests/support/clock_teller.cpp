// A program that looks at its clocks all the time, by as many threads as asked
// for, and says once in 2 ms what they tell: a line "realtime monotonic
// gettimeofday time" in nanoseconds (of time(): seconds). Runs until it is killed.
//   clock_teller [threads]

#include <sys/time.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

namespace {

long long nanos(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 0;
  std::vector<std::jthread> hammers;
  std::atomic<long long> sink = 0;
  for (int i = 0; i < threads; ++i)
    hammers.emplace_back([&] {
      while (true) {
        timeval tv{};
        ::gettimeofday(&tv, nullptr);
        sink.store(nanos(CLOCK_REALTIME) + nanos(CLOCK_MONOTONIC) + tv.tv_sec + ::time(nullptr),
                   std::memory_order_relaxed);
      }
    });
  while (true) {
    timeval tv{};
    ::gettimeofday(&tv, nullptr);
    std::printf("%lld %lld %lld %lld\n", nanos(CLOCK_REALTIME), nanos(CLOCK_MONOTONIC),
                static_cast<long long>(tv.tv_sec) * 1'000'000'000 + tv.tv_usec * 1000LL,
                static_cast<long long>(::time(nullptr)));
    std::fflush(stdout);
    const timespec pause{0, 2'000'000};
    ::nanosleep(&pause, nullptr);
  }
}
