#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/error.h"
#include "workloads/workload.h"

namespace clew {
namespace {

std::unique_ptr<Workload> make(const std::string& keys, const std::string& ops_per_key,
                               const std::string& mix) {
  return WorkloadRegistry::instance()
      .find("workload", "register")
      .make(Options({{"keys", {keys}}, {"ops-per-key", {ops_per_key}}, {"mix", {mix}}}));
}

// Answers each operation at once, as a healthy register would.
class Register {
 public:
  Op answer(const Op& op) {
    Op done = op;
    done.kind = Kind::ok;
    Value& held = values_[op.key];
    if (op.f == "read") done.value = held;
    if (op.f == "write") held = op.value;
    if (op.f == "cas") {
      if (held == op.value.as_list()[0]) {
        held = op.value.as_list()[1];
      } else {
        done.kind = Kind::fail;
        done.error = std::string(compare_failed);
      }
    }
    return done;
  }

 private:
  std::map<std::string, Value> values_;
};

std::vector<Op> run(Generator& generator, int count, Register& system) {
  Rng rng(5);
  std::vector<Op> ops;
  for (int i = 0; i < count; ++i) {
    Next next = generator.next({.worker = 0, .workers = 1, .rng = rng});
    if (!std::holds_alternative<Op>(next)) break;
    const Op op = std::get<Op>(next);
    const Op done = system.answer(op);
    generator.update(op, done);
    ops.push_back(done);
  }
  return ops;
}

TEST(RegisterWorkload, NoValueIsWrittenTwiceInARun) {
  const auto workload = make("3", "50", "2:2:1");
  Register system;
  std::set<std::int64_t> written;
  for (const Op& op : run(*workload->generator(1), 2000, system)) {
    if (op.f == "read") continue;
    const Value& value = op.f == "write" ? op.value : op.value.as_list()[1];
    EXPECT_TRUE(written.insert(value.as_int()).second);
  }
}

TEST(RegisterWorkload, ASwapGuessesWhatWasSeenLastAndMostlyHits) {
  const auto workload = make("1", "1000", "1:1:2");
  Register system;
  int hits = 0;
  int misses = 0;
  for (const Op& op : run(*workload->generator(1), 900, system))
    if (op.f == "cas") ++(op.kind == Kind::ok ? hits : misses);
  EXPECT_GT(hits, 100);
  EXPECT_EQ(misses, 0);  // Nobody else is at it.
}

TEST(RegisterWorkload, KeysRotateAndTheFinalReadsAskForEachOfThem) {
  const auto workload = make("2", "10", "1:1:0");
  Register system;
  std::set<std::string> used;
  for (const Op& op : run(*workload->generator(1), 500, system)) used.insert(op.key);
  EXPECT_GE(used.size(), 50U);
  std::set<std::string> read;
  for (const Op& op : run(*workload->final_generator(), 100'000, system)) {
    EXPECT_EQ(op.f, "read");
    read.insert(op.key);
  }
  for (const std::string& key : used) EXPECT_TRUE(read.contains(key)) << key;
}

TEST(RegisterWorkload, OptionsThatMakeNoSenseAreUsageErrors) {
  EXPECT_THROW(make("0", "10", "1:1:1"), UsageError);
  EXPECT_THROW(make("1", "-3", "1:1:1"), UsageError);
  for (const char* mix : {"", "1", "1:1", "0:0:0", "a:b:c", "1:1:1:1", "-1:1:1"})
    EXPECT_THROW(make("1", "10", mix), UsageError) << mix;
}

}  // namespace
}  // namespace clew
