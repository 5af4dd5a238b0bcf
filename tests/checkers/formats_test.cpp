// Every notation of a history: read, written, read again, and cut anywhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "checkers/export.h"
#include "checkers/import.h"
#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "harness/atomic_file.h"
#include "harness/error.h"
#include "harness/history_file.h"
#include "tests/support/random_history.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

fs::path histories() {
  const char* given = std::getenv("CLEW_HISTORIES");
  return given != nullptr ? fs::path(given) : fs::path(CLEW_SOURCE_DIR) / "../shared/histories";
}

Imported import(std::string text, const ImportOptions& options = {}) {
  return import_history(text, options);
}

std::string jsonl(const std::vector<Op>& ops) { return export_history(ops, Format::jsonl).text; }
std::string edn(const std::vector<Op>& ops) { return export_history(ops, Format::edn).text; }

std::string complaint(const std::string& text, const ImportOptions& options = {}) {
  try {
    History(import(text, options).ops);
  } catch (const UsageError& e) { return e.what(); }
  return "none";
}

TEST(Formats, JepsensAndKnossosEdnIsReadInEachOfItsShapes) {
  const std::string events =
      "{:process 0, :type :invoke, :f :write, :value 1} ; a comment\n"
      "#_{:process 9, :type :ok}\n"
      "#jepsen.history.Op{:process :nemesis, :type :info, :f :start, :value #{:n1 :n2}}\n"
      "{:process 0, :type :ok, :f :write, :value 1, :clock/skew 1/2, :at #inst \"2026\"}\n";
  for (const std::string& text : {events, "[" + events + "]", "; x\n(" + events + ")\n"}) {
    const Imported imported = import(text);
    ASSERT_EQ(imported.ops.size(), 3U) << text;
    EXPECT_EQ(imported.format, Format::edn);
    EXPECT_EQ(imported.ops[0].f, "write");
    EXPECT_EQ(imported.ops[0].value, Value(1));
    EXPECT_EQ(imported.ops[1].process, nemesis_process);
    EXPECT_EQ(to_json(imported.ops[1].value), R"(["n1","n2"])");
    EXPECT_EQ(imported.ops[2].kind, Kind::ok);
    EXPECT_FALSE(imported.cut);
    ASSERT_EQ(imported.lost.size(), 1U);
    EXPECT_EQ(imported.lost[0], "members that clew has no place for: :at, :clock/skew");
  }
}

TEST(Formats, TimesOfEdnCountWithAnIndexAndElseTheOrderOfTheFile) {
  const std::string a = ":process 0, :type :invoke, :f :read, :value nil, :time 9";
  const std::string b = ":process 1, :type :invoke, :f :read, :value nil, :time 5";
  const Imported bare = import("{" + a + "}\n{" + b + "}\n");
  EXPECT_LT(bare.ops[0].time, bare.ops[1].time);
  EXPECT_EQ(bare.lost.size(), 1U);
  const Imported indexed = import("{:index 0, " + a + "}\n{:index 1, " + b + "}\n");
  EXPECT_EQ(indexed.ops[0].time, Nanos(9));
  EXPECT_EQ(indexed.ops[1].time, Nanos(5));
  EXPECT_TRUE(indexed.lost.empty());
}

TEST(Formats, AKeywordAndAStringOfOneNameAreNotTakenForOneValue) {
  const std::string text =
      "{:process 0, :type :invoke, :f :write, :value :x}\n"
      "{:process 1, :type :invoke, :f :write, :value \"x\"}\n";
  EXPECT_EQ(complaint(text).rfind("line 2, column 47: 'x' is written in two ways", 0), 0U)
      << complaint(text);
}

TEST(Formats, AKeyThatIsANumberIsNotTakenForOneThatIsAString) {
  const std::string text =
      "{:process 0, :type :invoke, :f :write, :key 1, :value 7}\n"
      "{:process 1, :type :invoke, :f :write, :key \"1\", :value 7}\n";
  EXPECT_EQ(complaint(text),
            "line 2, column 45: the key '1' is written in two ways in this file; write it in one");
}

TEST(Formats, TuplesOfJepsenIndependentAreKeysOnlyWhenAsked) {
  const std::string text =
      "{:process 0, :type :invoke, :f :write, :value [:x 1]}\n"
      "{:process 0, :type :ok, :f :write, :value [:x 1]}\n";
  EXPECT_EQ(to_json(import(text).ops[0].value), R"(["x",1])");
  const Imported keyed = import(text, {.independent = true});
  EXPECT_EQ(keyed.ops[1].key, "x");
  EXPECT_EQ(keyed.ops[1].value, Value(1));
  EXPECT_EQ(complaint("{:process 0, :type :ok, :f :write, :value 1}", {.independent = true}),
            "line 1, column 43: --independent: this value is no [key value] tuple");
}

TEST(Formats, AFailedCasOfEdnDidNotHappenUnlessItIsSaidToBeARefusal) {
  const auto error = [](const std::string& more, std::optional<FailMeans> means) {
    const std::string text = "{:process 0, :type :fail, :f :cas, :value [1 2]" + more + "}\n";
    return import(text, {.fail_means = means}).ops[0].error;
  };
  EXPECT_EQ(error("", std::nullopt), "failed");
  EXPECT_EQ(error("", FailMeans::absent), "failed");
  EXPECT_EQ(error("", FailMeans::observed), compare_failed);
  EXPECT_EQ(error(", :error :timed-out", FailMeans::observed), "timed-out");
  EXPECT_EQ(error(", :error nil", FailMeans::observed), "");
  EXPECT_EQ(error(", :error \"compare-failed\"", std::nullopt), compare_failed);
  EXPECT_EQ(error(", :error \"compare-failed\"", FailMeans::absent), "failed");
}

TEST(Formats, AProcessOfEdnThatGoesOnAfterAnInfoGetsAFreshNumber) {
  const Imported imported = import(
      "[{:process 0, :type :invoke, :f :write, :value 1}"
      " {:process 0, :type :info, :f :write, :value 1}"
      " {:process 0, :type :invoke, :f :read, :value nil}"
      " {:process 0, :type :ok, :f :read, :value 1}]");
  EXPECT_NE(imported.ops[0].process, imported.ops[2].process);
  EXPECT_NO_THROW(History(imported.ops));
}

TEST(Formats, AMistakeInEdnIsNamedByLineAndColumn) {
  EXPECT_EQ(complaint("[{:process 0}]"), "line 1, column 2: this event has no :type");
  EXPECT_EQ(complaint("\n{:type :maybe, :process 0}"),
            "line 2, column 8: :type must be :invoke, :ok, :fail or :info");
  EXPECT_EQ(complaint("[7]"), "line 1, column 2: an event must be a map, as {:process 0 ...}");
  EXPECT_EQ(complaint("[{:type :ok, :process -1, :f :x}]"),
            "line 1, column 23: :process must be a whole number, 0 or more");
  EXPECT_EQ(complaint("[] 1"), "line 1, column 4: nothing may follow the list of events");
  EXPECT_EQ(complaint("\n [{:type :ok"),
            "line 2, column 3: what begins here is never closed; the file ends too early");
}

TEST(Formats, RandomHistoriesSurviveEdnAndItsJsonlByteForByte) {
  Rng rng(20261123);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Op> ops = testing::random_history(rng, testing::random_shape(rng));
    if (round % 3 == 0)
      for (Op& op : ops) {
        op.node = "n" + std::to_string(rng.below(5));
        op.value = Value(Value::List{op.value, Value("a\n\"é"), Value(2.5), Value()});
      }
    const std::string before = jsonl(ops);
    const Imported again = import(edn(ops));
    EXPECT_EQ(jsonl(again.ops), before);
    EXPECT_TRUE(again.lost.empty());
    EXPECT_EQ(jsonl(import(before).ops), before);
  }
}

TEST(Formats, PorcupinesLinesAreWrittenAsTheyWereRead) {
  const std::string text =
      "{:process 0, :type :invoke, :f :append, :key \"0\", :value \"x 0 0 y\"}\n"
      "{:process 1, :type :invoke, :f :get, :key \"0\", :value nil}\n"
      "{:process 0, :type :ok, :f :append, :key \"0\", :value \"x 0 0 y\"}\n"
      "{:process 1, :type :ok, :f :get, :key \"0\", :value \"\"}\n";
  EXPECT_EQ(export_history(import(text).ops, Format::porcupine).text, text);
}

TEST(Formats, WhatPorcupineCannotHoldIsToldOrRefused) {
  std::vector<Op> ops = import(
                            "{:process 0, :type :invoke, :f :put, :key \"k\", :value \"1\"}\n"
                            "{:process 1, :type :invoke, :f :put, :key \"k\", :value \"2\"}\n"
                            "{:process 0, :type :fail, :f :put, :key \"k\", :value \"1\"}\n"
                            "{:process 1, :type :info, :f :put, :key \"k\", :value \"2\"}\n")
                            .ops;
  const Exported exported = export_history(ops, Format::porcupine);
  EXPECT_EQ(exported.text, "{:process 1, :type :invoke, :f :put, :key \"k\", :value \"2\"}\n");
  EXPECT_EQ(exported.lost.size(), 3U);
  for (Op& op : ops) op.f = "cas";
  EXPECT_THROW(export_history(ops, Format::porcupine), UsageError);
}

// What a prefix of a file may give: an error of one line, or the first events of the whole.
TEST(Formats, CutAtAnyByteAFileGivesAClearErrorOrTheWholeEventsBefore) {
  const std::string lines =
      "{:process 0, :type :invoke, :f :cas, :value [1 22]}\n"
      "#jepsen.history.Op{:process 1, :type :invoke, :f :write, :value 41.5, :error \"a\\n\"} ; c\n"
      "{:process 0, :type :fail, :f :cas, :value [1 22]}\n"
      "{:process 1, :type :info, :f :write, :value 41.5}\n";
  const std::string log =
      "INFO  jepsen.util - 0\t:invoke\t:write\t123\n"
      "something else\n"
      "INFO  jepsen.util - 0\t:ok\t:write\t123\n";
  const std::string keyed =
      "{:process 0, :type :invoke, :f :append, :key \"7\", :value \"x 0 1 y\"}\n"
      "{:process 0, :type :ok, :f :append, :key \"7\", :value \"x 0 1 y\"}\n"
      "{:process 1, :type :invoke, :f :get, :key \"7\", :value nil}\n"
      "{:process 1, :type :ok, :f :get, :key \"7\", :value \"x 0 1 y\"}\n";
  for (const std::string& text :
       {lines, "[" + lines + "]\n", "( " + lines + ")", log, keyed, jsonl(import(lines).ops)}) {
    const std::string whole = jsonl(import(text).ops);
    for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
      try {
        const Imported part = import(text.substr(0, bytes));
        const std::string events = jsonl(History(part.ops).empty() ? std::vector<Op>{} : part.ops);
        EXPECT_EQ(whole.substr(0, events.size()), events) << text.substr(0, bytes);
      } catch (const UsageError& e) {
        const std::string what = e.what();
        EXPECT_EQ(what.rfind("line ", 0), 0U) << what;
        EXPECT_EQ(what.find('\n'), std::string::npos) << what;
      }
    }
  }
}

TEST(Formats, TheCasRegistersOfKnossosGetTheirKnownVerdicts) {
  const fs::path folder = histories() / "knossos-cas-register";
  if (!fs::exists(folder)) GTEST_SKIP() << "no recorded histories at " << folder;
  // A read of nil saw nil, and a cas that failed did not happen.
  int judged = 0;
  for (const std::string kind : {"good", "bad"}) {
    for (const auto& entry : fs::directory_iterator(folder / kind)) {
      const History history(import(read_file(entry.path())).ops);
      const Verdict found = linearizable<CasRegister>()->check(history, {}, {});
      EXPECT_EQ(found.outcome, kind == "good" ? Outcome::valid : Outcome::invalid) << entry.path();
      ++judged;
    }
  }
  EXPECT_GE(judged, 40);
}

TEST(Formats, ThePorcupineAndMultiRegisterHistoriesAreReadToTheLastEvent) {
  const fs::path folder = histories();
  if (!fs::exists(folder / "porcupine-kv")) GTEST_SKIP() << "no recorded histories at " << folder;
  for (const auto& entry : fs::directory_iterator(folder / "porcupine-kv")) {
    const std::string text = read_file(entry.path());
    const Imported imported = import(text);
    EXPECT_EQ(imported.ops.size(),
              static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    std::set<std::string> functions;
    std::map<std::string, int> keys;
    for (const Op& op : imported.ops) {
      functions.insert(op.f);
      ++keys[op.key];
      const bool asks = op.f == "get" && op.kind == Kind::invoke;
      EXPECT_EQ(op.value.is_nil(), asks);
      EXPECT_EQ(op.value.is_text(), !asks);
    }
    for (const std::string& f : functions) EXPECT_TRUE(f == "get" || f == "put" || f == "append");
    EXPECT_FALSE(keys.contains(""));
    EXPECT_EQ(export_history(imported.ops, Format::porcupine).text, text) << entry.path();
    EXPECT_NO_THROW(History(imported.ops));
  }
  const std::string text = read_file(folder / "knossos-multi-register/good/multi-register.edn");
  const Imported multi = import(text);
  std::size_t events = 0;
  for (std::size_t at = 0; (at = text.find(":type", at)) != std::string::npos; ++at) ++events;
  EXPECT_EQ(multi.ops.size(), events);
  EXPECT_EQ(to_json(multi.ops[1].value), R"([["read","x",null],["read","y",null]])");
  EXPECT_NO_THROW(History(multi.ops));
}

}  // namespace
}  // namespace clew
