// lock: clients take turns in critical sections.
//
// A client acquires a lock, holds it for a moment, releases it. Two that hold it
// at once are a violation, whatever the reason. A lock that expires with a lease
// is none for a client that stands still for longer than the lease (fault
// `client-pause`): that is known, and this workload shows it (etcd issue 11456).
// Who needs more takes the fencing token.

#include <array>
#include <memory>
#include <string>

#include "checkers/linearizable.h"
#include "checkers/models/owner_mutex.h"
#include "checkers/stats.h"
#include "harness/error.h"
#include "workloads/workload.h"

namespace clew {
namespace {

// One client: which lock it holds, if any.
class Turns final : public Generator {
 public:
  Turns(std::int64_t locks, Nanos hold) : locks_(locks), hold_(hold) {}

  Next next(const Context& context) override {
    if (held_.empty())
      return Op{.f = "acquire", .key = "lock" + std::to_string(context.rng.between(1, locks_))};
    return Op{.time = since_ + Nanos(context.rng.between(0, hold_.count())),
              .f = "release",
              .key = held_};
  }

  // Whatever became of a release, the client does not hold the lock any more.
  void update(const Op& /*invocation*/, const Op& completion) override {
    const bool got_it = completion.f == "acquire" && completion.kind == Kind::ok;
    held_ = got_it ? completion.key : "";
    since_ = completion.time;
  }

 private:
  std::int64_t locks_;
  Nanos hold_;
  std::string held_;
  Nanos since_{};
};

class LockWorkload final : public Workload {
 public:
  static constexpr std::string_view name = "lock";
  static constexpr std::string_view summary =
      "acquire and release locks; two holders at once are a violation";
  static constexpr std::array<OptionSpec, 2> options{{
      {"locks", OptionSpec::Kind::number, "5", "that clients compete for"},
      {"hold", OptionSpec::Kind::duration, "100ms", "a lock is held for up to this long"},
  }};

  explicit LockWorkload(const Options& given)
      : locks_(given.number("locks")), hold_(given.duration("hold")) {
    if (locks_ < 1 || locks_ > 10000) throw UsageError("--locks: must be between 1 and 10000");
    if (hold_ > std::chrono::seconds(1)) throw UsageError("--hold: must be at most 1s");
  }

  Gen generator(std::uint64_t /*seed*/) override {
    return each_worker([this](int) { return std::make_unique<Turns>(locks_, hold_); });
  }
  Gen final_generator() override { return once_each({}); }

  std::vector<std::unique_ptr<Checker>> checkers() const override {
    std::vector<std::unique_ptr<Checker>> checkers;
    checkers.push_back(linearizable<OwnerMutex>());
    checkers.push_back(stats());
    return checkers;
  }

 private:
  std::int64_t locks_;
  Nanos hold_;
};

const Register<Workload, LockWorkload> registered;

}  // namespace
}  // namespace clew
