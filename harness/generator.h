#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "harness/op.h"
#include "harness/rng.h"

namespace clew {

// Who asks, and when. A worker asks when it has nothing in flight.
struct Context {
  Nanos now{};
  int worker = 0;  // 0..workers-1, for the whole run.
  int workers = 1;
  std::int64_t process = 0;  // The worker's present process number.
  std::string_view node{};   // Where this worker is connected.
  Rng& rng;
};

struct Wait {
  Nanos until{};  // Ask again then.
};
struct Done {};  // This worker gets nothing more; the run ends when all are done.
using Next = std::variant<Op, Wait, Done>;

// Decides what a worker does next. Called under one lock, so no generator needs
// its own. Same seed and same questions, same operations. Never blocks, never
// looks at a clock. Of the returned Op only f, key, value and time count; time
// is the earliest moment to invoke it, so a slot reserved for one worker wakes
// no other.
class Generator {
 public:
  virtual ~Generator() = default;
  virtual Next next(const Context& context) = 0;
  // Sees each completion, right after it was stamped.
  virtual void update(const Op& /*invocation*/, const Op& /*completion*/) {}
};

using Gen = std::unique_ptr<Generator>;

Gen repeat(std::function<Op(const Context&)> make);    // For ever.
Gen once_each(std::vector<Op> ops);                    // In order, each to whoever asks first.
Gen each_worker(std::function<Gen(int worker)> make);  // One generator for each worker.
Gen limit(std::int64_t count, Gen inner);
Gen time_limit(Nanos end, Gen inner);       // Done for whatever would be invoked at `end` or later.
Gen stagger(double per_second, Gen inner);  // Random gaps; `per_second` in total on average.
Gen mix(std::vector<std::pair<int, Gen>> weighted);  // Draws by weight; drops those that are done.
Gen phases(std::vector<Gen> parts);  // The next one starts when all workers are done with one.

// Independent keys: `active` of them at a time; one that has had `ops_per_key`
// operations gives way to a fresh one. `make` gets the number of the key, from 0.
Gen rotating_keys(int active, std::int64_t ops_per_key, std::function<Gen(std::int64_t key)> make);

}  // namespace clew
