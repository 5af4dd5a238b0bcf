// register: independent registers that are read, written and compared-and-swapped.
//
// Every value is written at most once in a run, so that each read names the
// write it saw: that makes anomalies visible at once and the check near-linear.
// A cas guesses the last value anybody was seen to read or write of its key; a
// random guess would never hit.

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/stats.h"
#include "harness/error.h"
#include "workloads/workload.h"

namespace clew {
namespace {

struct Weights {
  std::uint64_t read = 0, write = 0, cas = 0;
};

// The operations on one key.
class OneKey final : public Generator {
 public:
  OneKey(std::string key, const Weights& weights, std::int64_t& last_value)
      : key_(std::move(key)), weights_(weights), last_value_(last_value) {}

  Next next(const Context& context) override {
    Op op{.key = key_};
    const std::uint64_t draw = context.rng.below(weights_.read + weights_.write + weights_.cas);
    if (draw < weights_.read) {
      op.f = "read";
    } else if (draw < weights_.read + weights_.write || seen_.is_nil()) {
      op.f = "write";
      op.value = ++last_value_;
    } else {
      op.f = "cas";
      op.value = Value::List{seen_, ++last_value_};
    }
    return op;
  }

  void update(const Op& invocation, const Op& completion) override {
    if (completion.kind != Kind::ok) return;
    if (completion.f == "cas") {
      seen_ = invocation.value.as_list().at(1);
    } else if (completion.value.is_int()) {
      seen_ = completion.value;
    }
  }

 private:
  std::string key_;
  Weights weights_;
  std::int64_t& last_value_;  // Shared by all keys: a value tells its write in the whole run.
  Value seen_{};
};

class RegisterWorkload final : public Workload {
 public:
  static constexpr std::string_view name = "register";
  static constexpr std::string_view summary =
      "read, write and compare-and-swap independent registers";
  static constexpr std::array<OptionSpec, 3> options{{
      {"keys", OptionSpec::Kind::number, "5", "keys in use at a time"},
      {"ops-per-key", OptionSpec::Kind::number, "200",
       "operations before a key gives way to a fresh one"},
      {"mix", OptionSpec::Kind::text, "2:2:1", "weights of read:write:cas"},
  }};

  explicit RegisterWorkload(const Options& given)
      : active_(static_cast<int>(positive(given, "keys"))),
        ops_per_key_(positive(given, "ops-per-key")),
        weights_(parse_mix(given.text("mix"))) {}

  Gen generator(std::uint64_t /*seed*/) override {
    return rotating_keys(active_, ops_per_key_, [this](std::int64_t number) {
      used_ = number + 1;
      return std::make_unique<OneKey>(key_name(number), weights_, last_value_);
    });
  }

  // Each key once by whoever is free, then the latest ones through every worker,
  // that is through every node.
  Gen final_generator() override {
    std::vector<Op> all;
    for (std::int64_t k = 0; k < used_; ++k) all.push_back(read_of(k));
    std::vector<Gen> parts;
    parts.push_back(once_each(std::move(all)));
    parts.push_back(each_worker([this](int) {
      std::vector<Op> latest;
      for (std::int64_t k = std::max<std::int64_t>(0, used_ - active_); k < used_; ++k)
        latest.push_back(read_of(k));
      return once_each(std::move(latest));
    }));
    return phases(std::move(parts));
  }

  std::vector<std::unique_ptr<Checker>> checkers() const override {
    std::vector<std::unique_ptr<Checker>> checkers;
    checkers.push_back(linearizable<CasRegister>());
    checkers.push_back(stats());
    return checkers;
  }

 private:
  static std::string key_name(std::int64_t number) { return "k" + std::to_string(number); }
  static Op read_of(std::int64_t number) { return {.f = "read", .key = key_name(number)}; }

  static std::int64_t positive(const Options& given, std::string_view option) {
    const std::int64_t number = given.number(option);
    if (number < 1 || number > 1'000'000)
      throw UsageError("--" + std::string(option) + ": must be between 1 and 1000000, not " +
                       std::to_string(number));
    return number;
  }

  static Weights parse_mix(const std::string& text) {
    std::array<std::uint64_t, 3> weights{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::size_t colon = i < 2 ? text.find(':', at) : text.size();
      const std::string part = colon == std::string::npos ? "" : text.substr(at, colon - at);
      if (part.empty() || part.size() > 6 ||
          part.find_first_not_of("0123456789") != std::string::npos)
        throw UsageError("--mix: '" + text + "' is no read:write:cas, as in 2:2:1");
      weights[i] = std::stoull(part);
      at = colon + 1;
    }
    if (weights[0] + weights[1] + weights[2] == 0) throw UsageError("--mix: all weights are 0");
    return {.read = weights[0], .write = weights[1], .cas = weights[2]};
  }

  int active_;
  std::int64_t ops_per_key_;
  Weights weights_;
  std::int64_t last_value_ = 0;
  std::int64_t used_ = 0;
};

const Register<Workload, RegisterWorkload> registered;

}  // namespace
}  // namespace clew
