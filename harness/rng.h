#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

// xoshiro256** (Blackman & Vigna 2018): small, fast, and the same numbers on
// every machine and standard library, which std distributions do not promise.
// One seed a run; each part takes its own stream by name, so that adding a
// draw in one part does not change what another one does.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  std::uint64_t next();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high);
  double unit();  // [0, 1)
  bool chance(double probability) { return unit() < probability; }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  // An independent stream, the same for the same seed and name.
  static Rng stream(std::uint64_t seed, std::string_view name);

 private:
  std::uint64_t state_[4];
};

}  // namespace clew
