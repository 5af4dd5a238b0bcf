#include "nemesis/journal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "harness/error.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

FaultRecord kill_record() {
  return {.id = "kill#1",
          .fault = "kill",
          .target = "leader",
          .planned = Nanos(1'500'000'000),
          .planned_heal = Nanos(3'000'000'000),
          .hit = Value::object({{"nodes", Value::List{Value("n2")}}})};
}

std::string slurp(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void expect_equal(const FaultRecord& a, const FaultRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.fault, b.fault);
  EXPECT_EQ(a.target, b.target);
  EXPECT_EQ(a.planned, b.planned);
  EXPECT_EQ(a.planned_heal, b.planned_heal);
  EXPECT_EQ(a.applied, b.applied);
  EXPECT_EQ(a.healed, b.healed);
  EXPECT_EQ(a.hit, b.hit);
  EXPECT_EQ(a.verified, b.verified);
  EXPECT_EQ(a.evidence, b.evidence);
  EXPECT_EQ(a.verified_healed, b.verified_healed);
  EXPECT_EQ(a.heal_evidence, b.heal_evidence);
  EXPECT_EQ(a.error, b.error);
}

TEST(Journal, ReadsBackTheLastWordOnEachFault) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "schedule.jsonl";
  FaultRecord kill = kill_record();
  FaultRecord pause{.id = "pause#1", .fault = "pause", .target = "one", .planned = Nanos(2)};
  {
    Journal journal(path);
    journal.write(kill, "planned", Nanos(0));
    journal.write(pause, "planned", Nanos(0));
    kill.applied = Nanos(1'500'000'123);
    journal.write(kill, "applied", kill.applied);
    kill.verified = true;
    kill.evidence = "n2: process 41 killed by \"SIGKILL\"\n";
    kill.healed = Nanos(3'000'000'456);
    kill.verified_healed = true;
    kill.heal_evidence = "n2: process 57 runs";
    journal.write(kill, "healed", kill.healed);
    pause.error = "could not be applied: no leader was known";
    journal.write(pause, "failed", Nanos(7));
  }
  const auto faults = read_journal(path);
  ASSERT_EQ(faults.size(), 2U);
  expect_equal(faults[0], kill);
  expect_equal(faults[1], pause);
}

TEST(Journal, ALineTellsEventAndTimeAndIsThereAtOnce) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "schedule.jsonl";
  Journal journal(path);
  journal.write(kill_record(), "planned", Nanos(12));
  const std::string text = slurp(path);
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const Value line = parse_json(text);
  EXPECT_EQ(*line.find("event"), Value("planned"));
  EXPECT_EQ(*line.find("time"), Value(12));
  EXPECT_EQ(*line.find("id"), Value("kill#1"));
  EXPECT_EQ(*line.find("target"), Value("leader"));
  EXPECT_TRUE(line.find("applied")->is_nil()) << "it has not happened";
}

TEST(Journal, ALastLineThatWasCutIsLeftOutWhereverItWasCut) {
  const TemporaryFolder folder;
  const fs::path whole = folder.path() / "whole", cut = folder.path() / "cut";
  FaultRecord kill = kill_record();
  {
    Journal journal(whole);
    journal.write(kill, "planned", Nanos(0));
    kill.applied = Nanos(1);
    journal.write(kill, "applied", Nanos(1));
  }
  const std::string text = slurp(whole);
  const std::size_t first = text.find('\n') + 1;
  for (std::size_t size = first; size < text.size(); ++size) {
    std::ofstream(cut, std::ios::trunc) << text.substr(0, size);
    const auto faults = read_journal(cut);
    ASSERT_EQ(faults.size(), 1U) << "cut after " << size << " bytes";
    ASSERT_EQ(faults[0].applied, never);
  }
  EXPECT_EQ(read_journal(whole)[0].applied, Nanos(1));
}

TEST(Journal, ABrokenLineIsNamed) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "schedule.jsonl";
  const std::string good = [&] {
    Journal(folder.path() / "good").write(kill_record(), "planned", Nanos(0));
    return slurp(folder.path() / "good");
  }();
  for (const std::string& bad : {std::string("{\"id\":1}\n"), std::string("[]\n"),
                                 std::string("not json\n"), std::string("{\"id\":\"a\"}\n")}) {
    std::ofstream(path, std::ios::trunc) << good << bad << good;
    try {
      read_journal(path);
      ADD_FAILURE() << "took " << bad;
    } catch (const UsageError& e) {
      EXPECT_NE(std::string(e.what()).find(path.string() + ": line 2: "), std::string::npos)
          << e.what();
    }
  }
  EXPECT_THROW(read_journal(folder.path() / "nowhere"), UsageError);
}

TEST(Journal, NeverOverwritesAnother) {
  const TemporaryFolder folder;
  const Journal first(folder.path() / "schedule.jsonl");
  EXPECT_THROW(Journal(folder.path() / "schedule.jsonl"), EnvironmentError);
}

TEST(Journal, LinesOfSeveralThreadsDoNotMix) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "schedule.jsonl";
  Journal journal(path);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&journal, t] {
        FaultRecord fault = kill_record();
        fault.id = "kill#" + std::to_string(t);
        for (int i = 0; i < 200; ++i) journal.write(fault, "applied", Nanos(i));
      });
  }
  EXPECT_EQ(read_journal(path).size(), 4U);
  const std::string text = slurp(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 800);
}

}  // namespace
}  // namespace clew
