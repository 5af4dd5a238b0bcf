#include "harness/generator.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace clew {
namespace {

// Asks as the runner would, with time that passes only here.
class Questions {
 public:
  explicit Questions(std::uint64_t seed = 1, int workers = 3) : workers_(workers), rng_(seed) {}

  Next ask(Generator& generator, int worker = 0) {
    return generator.next({.now = now,
                           .worker = worker,
                           .workers = workers_,
                           .process = worker,
                           .node = "n1",
                           .rng = rng_});
  }
  Nanos now{};

 private:
  int workers_;
  Rng rng_;
};

Gen reads(const std::string& key = "k") {
  return repeat([key](const Context&) { return Op{.f = "read", .key = key}; });
}

TEST(Generator, TheSameSeedGivesTheSameOperations) {
  const auto draw = [](std::uint64_t seed) {
    std::vector<std::pair<int, Gen>> parts;
    parts.emplace_back(2, reads("a"));
    parts.emplace_back(1, reads("b"));
    const Gen gen = stagger(1000, mix(std::move(parts)));
    Questions questions(seed);
    std::vector<std::pair<std::string, std::int64_t>> drawn;
    for (int i = 0; i < 200; ++i) {
      const Op op = std::get<Op>(questions.ask(*gen));
      drawn.emplace_back(op.key, op.time.count());
    }
    return drawn;
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
}

TEST(Generator, LimitEndsAfterItsCount) {
  const Gen gen = limit(2, reads());
  Questions questions;
  EXPECT_TRUE(std::holds_alternative<Op>(questions.ask(*gen)));
  EXPECT_TRUE(std::holds_alternative<Op>(questions.ask(*gen)));
  EXPECT_TRUE(std::holds_alternative<Done>(questions.ask(*gen)));
}

TEST(Generator, TimeLimitInvokesNothingAtOrAfterItsEnd) {
  const Gen gen = time_limit(Nanos(1'000'000'000), stagger(100, reads()));
  Questions questions;
  int given = 0;
  for (Next next = questions.ask(*gen); std::holds_alternative<Op>(next);
       next = questions.ask(*gen)) {
    EXPECT_LT(std::get<Op>(next).time, Nanos(1'000'000'000));
    ++given;
  }
  EXPECT_GT(given, 60);
  EXPECT_LT(given, 140);
}

TEST(Generator, StaggerDoesNotCatchUpOnSlotsThatNobodyTook) {
  const Gen gen = stagger(10, reads());
  Questions questions;
  (void)questions.ask(*gen);
  questions.now = std::chrono::seconds(100);
  Nanos last{};
  for (int i = 0; i < 20; ++i) last = std::get<Op>(questions.ask(*gen)).time;
  EXPECT_GT(last, std::chrono::milliseconds(100'500));
}

TEST(Generator, MixFollowsItsWeightsAndDropsWhatIsDone) {
  std::vector<std::pair<int, Gen>> parts;
  parts.emplace_back(3, reads("often"));
  parts.emplace_back(1, reads("seldom"));
  parts.emplace_back(5, limit(4, reads("few")));
  const Gen gen = mix(std::move(parts));
  Questions questions;
  std::map<std::string, int> counts;
  for (int i = 0; i < 4004; ++i) ++counts[std::get<Op>(questions.ask(*gen)).key];
  EXPECT_EQ(counts["few"], 4);
  EXPECT_NEAR(counts["often"], 3000, 150);
}

// Tells what it has heard of.
class Listener final : public Generator {
 public:
  Next next(const Context& /*context*/) override { return Op{.f = std::to_string(heard_)}; }
  void update(const Op& /*invocation*/, const Op& /*completion*/) override { ++heard_; }

 private:
  int heard_ = 0;
};

TEST(Generator, EachWorkersOwnHearsOfItsOwnCompletionsOnly) {
  const Gen gen = each_worker([](int) { return std::make_unique<Listener>(); });
  Rng rng(1);
  const auto ask = [&](int worker, std::int64_t process) {
    return std::get<Op>(gen->next({.worker = worker, .workers = 2, .process = process, .rng = rng}))
        .f;
  };
  EXPECT_EQ(ask(0, 0), "0");
  EXPECT_EQ(ask(1, 1), "0");
  gen->update({.process = 1}, {.process = 1, .kind = Kind::info});
  EXPECT_EQ(ask(1, 3), "1") << "as another process after an info";
  gen->update({.process = 3}, {.process = 3, .kind = Kind::ok});
  EXPECT_EQ(ask(1, 3), "2");
  EXPECT_EQ(ask(0, 0), "0");
}

TEST(Generator, PhasesWaitUntilEachWorkerIsDone) {
  std::vector<Gen> parts;
  parts.push_back(limit(1, reads("first")));
  parts.push_back(limit(1, reads("second")));
  const Gen gen = phases(std::move(parts));
  Questions questions(1, 2);
  EXPECT_EQ(std::get<Op>(questions.ask(*gen, 0)).key, "first");
  EXPECT_TRUE(std::holds_alternative<Wait>(questions.ask(*gen, 1)));  // Worker 0 is still at work.
  EXPECT_EQ(std::get<Op>(questions.ask(*gen, 0)).key, "second");
  EXPECT_TRUE(std::holds_alternative<Wait>(questions.ask(*gen, 1)));
  EXPECT_TRUE(std::holds_alternative<Done>(questions.ask(*gen, 0)));
  EXPECT_TRUE(std::holds_alternative<Done>(questions.ask(*gen, 1)));
}

TEST(Generator, RotatingKeysReplacesAKeyThatHadItsShare) {
  const Gen gen =
      rotating_keys(2, 3, [](std::int64_t k) { return reads("k" + std::to_string(k)); });
  Questions questions;
  std::map<std::string, int> counts;
  std::set<std::string> recent;
  for (int i = 0; i < 300; ++i) ++counts[std::get<Op>(questions.ask(*gen)).key];
  EXPECT_GE(counts.size(), 100U);
  for (const auto& [key, count] : counts) EXPECT_LE(count, 3) << key;
}

TEST(Generator, EachWorkerHasItsOwn) {
  const Gen gen =
      each_worker([](int worker) { return limit(1, reads("w" + std::to_string(worker))); });
  Questions questions;
  EXPECT_EQ(std::get<Op>(questions.ask(*gen, 1)).key, "w1");
  EXPECT_EQ(std::get<Op>(questions.ask(*gen, 0)).key, "w0");
  EXPECT_TRUE(std::holds_alternative<Done>(questions.ask(*gen, 1)));
}

}  // namespace
}  // namespace clew
