#include "nemesis/schedule_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/error.h"
#include "nemesis/schedule.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ScheduleFile : public ::testing::Test {
 protected:
  std::vector<FaultRecord> read(const std::string& text) {
    std::ofstream(file_) << text;
    return read_schedule(file_, nodes_);
  }
  // What is wrong, without the file's name.
  std::string error_of(const std::string& text) {
    try {
      read(text);
      return "";
    } catch (const UsageError& e) {
      const std::string what = e.what();
      EXPECT_TRUE(what.starts_with(file_.string() + ":")) << what;
      return what.substr(std::min(what.size(), file_.string().size() + 1));
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "s.toml";
  std::vector<std::string> nodes_{"n1", "n2", "n3"};
};

TEST_F(ScheduleFile, AnEntryOnTheClock) {
  const auto schedule =
      read("[[fault]]\nfault = \"kill\"\ntarget = \"leader\"\nat = 5\nlasts = \"250ms\"\n");
  ASSERT_EQ(schedule.size(), 1U);
  EXPECT_EQ(schedule[0].id, "kill#1");
  EXPECT_EQ(schedule[0].target, "leader");
  EXPECT_EQ(schedule[0].planned, seconds(5));
  EXPECT_EQ(schedule[0].planned_heal, seconds(5) + milliseconds(250));
}

TEST_F(ScheduleFile, EntriesOnEventsNameEachOther) {
  const auto schedule = read(R"(
[[fault]]
id = "cut"
fault = "partition"
target = ["n1", "n3"]
at = "3s"
until = { ack = "write", node = "not-hit:cut", count = 10, delay = "5ms" }

[[fault]]
fault = "packet"
kind = "delay"
target = "leader->others"
on = { applied = "cut" }
lasts = "1s"
delay = "20ms"
)");
  ASSERT_EQ(schedule.size(), 2U);
  EXPECT_EQ(schedule[0].target, "n1+n3");
  EXPECT_EQ(schedule[0].planned_heal, never);
  EXPECT_EQ(schedule[0].until, (Trigger{.event = "ack",
                                        .match = "write",
                                        .node = "not-hit:cut",
                                        .count = 10,
                                        .delay = milliseconds(5)}));
  EXPECT_EQ(schedule[1].on, (Trigger{.event = "applied", .match = "cut"}));
  EXPECT_EQ(schedule[1].lasts, seconds(1));
  EXPECT_EQ(schedule[1].parameters, (Parameters{{"delay", "20ms"}}));
}

TEST_F(ScheduleFile, WhatIsPrintedReadsAsTheSame) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto drawn = draw_schedule(parse_nemesis("all"), seed, seconds(60), seconds(5));
    const std::string text = schedule_to_toml(drawn);
    const auto again = read(text);
    EXPECT_EQ(schedule_to_toml(again), text);
    ASSERT_EQ(again.size(), drawn.size());
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      EXPECT_EQ(again[i].planned, drawn[i].planned);
      EXPECT_EQ(again[i].planned_heal, drawn[i].planned_heal);
      EXPECT_EQ(again[i].parameters, drawn[i].parameters);
    }
  }
}

TEST_F(ScheduleFile, TheShippedOnesAreGood) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CLEW_SCHEDULES)) {
    SCOPED_TRACE(entry.path());
    const auto schedule = read_schedule(entry.path(), {});
    std::ofstream(file_) << schedule_to_toml(schedule);
    EXPECT_EQ(schedule_to_toml(read_schedule(file_, {})), schedule_to_toml(schedule));
    ++count;
  }
  EXPECT_GE(count, 3U);
}

TEST_F(ScheduleFile, WhatIsWrongIsToldWithItsLineAndTheNearestName) {
  const std::string good = "[[fault]]\nfault = \"kill\"\nat = 1\nlasts = 1\n";
  EXPECT_EQ(error_of(good), "");
  EXPECT_EQ(error_of("[[fault]]\nfault = \"kil\"\nat = 1\nlasts = 1\n").substr(0, 36),
            "1: unknown fault 'kil'; did you mean");
  EXPECT_NE(error_of(good + "targt = \"one\"\n").find("did you mean 'target'"), std::string::npos);
  EXPECT_NE(error_of(good + "target = \"leadr\"\n").find("did you mean 'leader'"),
            std::string::npos);
  EXPECT_NE(error_of(good + "target = \"n4\"\n").find("unknown target of kill 'n4'"),
            std::string::npos);
  EXPECT_NE(error_of(good + "target = \"hit:cut\"\n").find("unknown fault id 'cut'"),
            std::string::npos);
  EXPECT_NE(error_of("[[fault]]\nfault = \"kill\"\nlasts = 1\n").find("neither at nor on"),
            std::string::npos);
  EXPECT_NE(error_of("[[fault]]\nfault = \"kill\"\nat = 1\n").find("neither lasts nor until"),
            std::string::npos);
  EXPECT_NE(error_of("[[fault]]\nfault = \"kill\"\non = { ak = \"write\" }\nlasts = 1\n")
                .find("3: unknown part of on 'ak'; did you mean 'ack'"),
            std::string::npos);
  EXPECT_NE(error_of("[[fault]]\nfault = \"kill\"\nat = \"soon\"\nlasts = 1\n")
                .find("3: at must be a duration"),
            std::string::npos);
  EXPECT_NE(error_of("[[fault]]\nfault = \"packet\"\nat = 1\nlasts = 1\n")
                .find("unknown kind of packet ''"),
            std::string::npos);
  EXPECT_NE(error_of(good + "[[fault]]\nid = \"kill#1\"\nfault = \"kill\"\nat = 2\nlasts = 1\n")
                .find("5: two faults with the id 'kill#1'"),
            std::string::npos);
  EXPECT_NE(error_of("[[faults]]\n").find("did you mean 'fault'"), std::string::npos);
  EXPECT_NE(error_of("").find("there is none"), std::string::npos);
  EXPECT_NE(error_of("[[fault]\n").find("1:"), std::string::npos);
}

}  // namespace
}  // namespace clew
