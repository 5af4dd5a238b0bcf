// watch: some clients write, the others watch, and compare what they were told.
//
// Each watch is one stream; its answer is everything that came until its time was
// over, and the next one asks from where it ended. Longer streams (--op-timeout)
// see more: a stream that is open while its member is cut off and catches up by a
// snapshot is where etcd has gone wrong.

#include <array>
#include <memory>
#include <set>
#include <string>

#include "checkers/stats.h"
#include "checkers/watch_order.h"
#include "harness/error.h"
#include "workloads/workload.h"

namespace clew {
namespace {

class Writer final : public Generator {
 public:
  Writer(std::int64_t keys, std::int64_t& last_value) : keys_(keys), last_value_(last_value) {}
  Next next(const Context& context) override {
    return Op{.f = "write",
              .key = "w" + std::to_string(context.rng.between(1, keys_)),
              .value = ++last_value_};
  }

 private:
  std::int64_t keys_;
  std::int64_t& last_value_;  // Shared: no value is written twice.
};

class Watcher final : public Generator {
 public:
  Next next(const Context& /*context*/) override { return Op{.f = "watch", .value = from_}; }

  void update(const Op& /*invocation*/, const Op& completion) override {
    if (completion.kind != Kind::ok || !completion.value.is_list()) return;
    std::int64_t latest = from_.is_int() ? from_.as_int() - 1 : 0;
    for (const Value& event : completion.value.as_list())
      latest = std::max(latest, event.as_list().at(0).as_int());
    if (latest > 0) from_ = Value(latest + 1);
  }

 private:
  Value from_{};  // nil: from now.
};

// The first worker of each node watches, the others write.
class Client final : public Generator {
 public:
  Client(std::set<std::string, std::less<>>& watched, std::int64_t keys, std::int64_t& last_value)
      : watched_(watched), keys_(keys), last_value_(last_value) {}

  Next next(const Context& context) override {
    if (!role_) {
      if (watched_.emplace(context.node).second) {
        role_ = std::make_unique<Watcher>();
      } else {
        role_ = std::make_unique<Writer>(keys_, last_value_);
      }
    }
    return role_->next(context);
  }
  void update(const Op& invocation, const Op& completion) override {
    role_->update(invocation, completion);
  }

 private:
  std::set<std::string, std::less<>>& watched_;  // Nodes.
  std::int64_t keys_;
  std::int64_t& last_value_;
  Gen role_;
};

class WatchWorkload final : public Workload {
 public:
  static constexpr std::string_view name = "watch";
  static constexpr std::string_view summary =
      "watches must be told each change once, in order, without a gap";
  static constexpr std::array<OptionSpec, 1> options{{
      {"watched-keys", OptionSpec::Kind::number, "5", "that are written"},
  }};

  explicit WatchWorkload(const Options& given) : keys_(given.number("watched-keys")) {
    if (keys_ < 1 || keys_ > 100000)
      throw UsageError("--watched-keys: must be between 1 and 100000");
  }

  Gen generator(std::uint64_t /*seed*/) override {
    return each_worker(
        [this](int) { return std::make_unique<Client>(watched_, keys_, last_value_); });
  }
  Gen final_generator() override { return once_each({}); }

  std::vector<std::unique_ptr<Checker>> checkers() const override {
    std::vector<std::unique_ptr<Checker>> checkers;
    checkers.push_back(watch_order());
    checkers.push_back(stats());
    return checkers;
  }

 private:
  std::int64_t keys_;
  std::int64_t last_value_ = 0;
  std::set<std::string, std::less<>> watched_;
};

const Register<Workload, WatchWorkload> registered;

}  // namespace
}  // namespace clew
