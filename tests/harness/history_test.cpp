#include "harness/history.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/error.h"
#include "harness/history_file.h"

namespace clew {
namespace {

Op event(std::int64_t index, std::int64_t time, std::int64_t process, Kind kind) {
  return {.index = index,
          .time = Nanos(time),
          .process = process,
          .kind = kind,
          .f = "read",
          .key = "k"};
}

TEST(History, PairsEachInvocationWithItsCompletion) {
  const History history({event(0, 1, 0, Kind::invoke), event(1, 2, 1, Kind::invoke),
                         event(2, 3, 0, Kind::ok), event(3, 4, 0, Kind::invoke)});
  EXPECT_EQ(history.completion(0), 2U);
  EXPECT_EQ(history.completion(1), History::none);
  EXPECT_EQ(history.completion(3), History::none);
}

TEST(History, EqualTimesCountAsConcurrent) {
  const History history({event(0, 5, 0, Kind::invoke), event(1, 9, 0, Kind::ok),
                         event(2, 9, 1, Kind::invoke), event(3, 9, 1, Kind::ok)});
  EXPECT_EQ(history.ops()[1].index, 2);  // The invocation of time 9 sorts before both completions.
  EXPECT_EQ(history.ops()[history.completion(1)].index, 3);
  EXPECT_EQ(history.ops()[history.completion(0)].index, 1);
}

TEST(History, EventsOutOfOrderAreSortedByTime) {
  const History history({event(0, 7, 0, Kind::invoke), event(1, 3, 1, Kind::invoke),
                         event(2, 9, 0, Kind::ok), event(3, 8, 1, Kind::ok)});
  EXPECT_EQ(history.ops()[0].process, 1);
  EXPECT_EQ(history.ops()[3].process, 0);
}

TEST(History, ImpossibleHistoriesAreRejected) {
  using Ops = std::vector<Op>;
  EXPECT_THROW(History(Ops{event(0, 1, 0, Kind::ok)}), UsageError);
  EXPECT_THROW(History(Ops{event(0, 1, 0, Kind::invoke), event(1, 2, 0, Kind::invoke)}),
               UsageError);
  EXPECT_THROW(History(Ops{event(0, 5, 0, Kind::invoke), event(1, 4, 0, Kind::ok)}), UsageError);
  EXPECT_THROW(History(Ops{event(0, 1, 0, Kind::invoke), event(1, 2, 0, Kind::info),
                           event(2, 3, 0, Kind::invoke)}),
               UsageError);
  Op other = event(1, 2, 0, Kind::ok);
  other.key = "another";
  EXPECT_THROW(History(Ops{event(0, 1, 0, Kind::invoke), other}), UsageError);
}

TEST(HistoryFile, TheLinesOfTheContractAreReadAndWrittenToTheLetter) {
  for (
      const std::string line :
      {R"({"index":0,"time":1203841,"process":3,"type":"invoke","f":"write","key":"k7","value":41,"node":"n2"})",
       R"({"index":1,"time":1950022,"process":3,"type":"ok","f":"write","key":"k7","value":41,"node":"n2"})",
       R"({"index":2,"time":2000000,"process":"nemesis","type":"info","f":"partition","value":{"cut":[["n1"],["n2","n3"]]}})",
       R"({"index":3,"time":2,"process":0,"type":"fail","f":"cas","value":[1,2],"error":"compare-failed"})",
       R"({"index":4,"time":2,"process":0,"type":"ok","f":"read","key":"k","value":null})"}) {
    std::string out;
    append_history_line(out, parse_history_line(line, 1));
    EXPECT_EQ(out, line + "\n");
  }
}

TEST(HistoryFile, ABrokenLineIsNamedByItsNumber) {
  for (const char* line :
       {"", "[]", "{}", R"({"index":0,"time":1,"process":1,"type":"maybe","f":"x"})",
        R"({"index":0,"time":1.5,"process":1,"type":"ok","f":"x"})",
        R"({"index":0,"time":1,"process":-4,"type":"ok","f":"x"})",
        R"({"index":0,"time":1,"process":"p","type":"ok","f":"x"})",
        R"({"index":0,"time":1,"process":1,"type":"ok"})"}) {
    try {
      parse_history_line(line, 17);
      FAIL() << line;
    } catch (const UsageError& e) {
      EXPECT_EQ(std::string(e.what()).rfind("line 17: ", 0), 0U) << e.what();
    }
  }
}

TEST(HistoryFile, CutAtAnyByteItGivesTheWholeEventsBefore) {
  std::string text;
  for (int i = 0; i < 5; ++i) append_history_line(text, event(i, i, i, Kind::invoke));
  const auto path =
      std::filesystem::temp_directory_path() / ("clew-cut-" + std::to_string(::getpid()));
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    std::ofstream(path, std::ios::binary) << text.substr(0, bytes);
    const HistoryFile file = read_history_file(path);
    const auto whole =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bytes), '\n');
    EXPECT_EQ(file.ops.size(), static_cast<std::size_t>(whole)) << bytes;
    EXPECT_EQ(file.cut, bytes > 0 && text[bytes - 1] != '\n') << bytes;
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace clew
