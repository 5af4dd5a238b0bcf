#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <vector>

#include "harness/op.h"
#include "harness/rng.h"

namespace clew::testing {

// A load on correct registers that goes on for ever and is not kept: clients that
// are always busy, keys that give way to fresh ones. Each event is made when it is
// asked for, in the order of a recorder.
class EndlessLoad {
 public:
  struct Shape {
    int clients = 20;
    int keys = 10;                      // In use at a time.
    std::int64_t calls_per_key = 1000;  // About.
    double reads = 0.5, cas = 0.1;      // The rest are writes, each of its own value.
    double unknown = 0.01;              // Of writes and cas; half of them take effect.
  };
  EndlessLoad(const Shape& shape, std::uint64_t seed);

  Op next();
  std::uint64_t invoked() const { return invoked_; }

 private:
  enum class Step : std::uint8_t { invoke, effect, complete };
  struct Due {
    std::int64_t time = 0;
    std::int64_t process = 0;
    Step step = Step::invoke;
    std::size_t client = 0;
    bool operator>(const Due& other) const {
      return std::pair(time, step) > std::pair(other.time, other.step);
    }
  };
  struct Client {
    Op op{};
    std::int64_t process = 0;
    bool fits = true, lost = false, effective = true;
  };

  Op invoke(const Due& due);
  void take_effect(Client& client);
  Op complete(const Due& due);
  std::int64_t draw(std::int64_t low, std::int64_t high) { return rng_.between(low, high); }

  const Shape shape_;
  Rng rng_;
  std::vector<Client> clients_;
  std::map<std::string, std::int64_t> values_;  // Of keys in use.
  std::vector<std::int64_t> numbers_;           // Of the keys in use.
  std::vector<std::int64_t> left_;              // Calls until they give way.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::int64_t next_key_ = 0, next_value_ = 1, next_process_ = 0, index_ = 0;
  std::uint64_t invoked_ = 0;
};

}  // namespace clew::testing
