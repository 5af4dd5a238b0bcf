#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "harness/atomic_file.h"
#include "harness/value.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

// Process 0 loses an answer, and its client goes on as process 9.
const char* const history =
    R"({"index":0,"time":1000,"process":0,"type":"invoke","f":"write","key":"k","value":"a,\"b\"","node":"n1"}
{"index":1,"time":2000,"process":1,"type":"invoke","f":"read","key":"k","value":null,"node":"n2"}
{"index":2,"time":2500,"process":1,"type":"ok","f":"read","key":"k","value":null,"node":"n2"}
{"index":3,"time":4000,"process":0,"type":"info","f":"write","key":"k","value":"a,\"b\"","error":"timeout"}
{"index":4,"time":5000,"process":9,"type":"invoke","f":"read","key":"k","value":null}
)";

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    fs::create_directories(run() / "nodes/n1");
    std::ofstream(run() / "history.jsonl") << history;
    std::ofstream(run() / "nodes/n1/log") << "said\n";
  }
  fs::path run() const { return folder_.path() / "store/job/20261123T000000.000Z"; }
  CommandResult exported(const std::vector<std::string>& words) {
    std::vector<std::string> all{"export"};
    all.insert(all.end(), words.begin(), words.end());
    return testing::clew(all, folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(ExportTest, ACsvHasALineForEachOperationWithTheHardPartsInQuotes) {
  const CommandResult result = exported({run().string(), "--to", "csv"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "index,process,node,f,key,asked,outcome,answer,error,invoked_ns,ended_ns,took_ns\r\n"
            "0,0,n1,write,k,\"\"\"a,\\\"\"b\\\"\"\"\"\",info,\"\"\"a,\\\"\"b\\\"\"\"\"\",timeout,"
            "1000,4000,3000\r\n"
            "1,1,n2,read,k,,ok,,,2000,2500,500\r\n"
            "4,9,,read,k,,info,,,5000,,\r\n");
}

TEST_F(ExportTest, ATraceHasATrackForEachClientAndASpanForEachOperation) {
  const CommandResult result = exported({run().string(), "--to", "chrome"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Value trace = parse_json(result.out);
  std::vector<std::string> spans;
  for (const Value& event : trace.find("traceEvents")->as_list())
    if (event.find("ph")->as_text() == "X")
      spans.push_back(event.find("name")->as_text() + " @" + to_json(*event.find("tid")) + " " +
                      to_json(*event.find("ts")) + "+" + to_json(*event.find("dur")) + " " +
                      event.find("cat")->as_text());
  ASSERT_EQ(spans.size(), 3U) << result.out;
  EXPECT_EQ(spans[0], "write k \"a,\\\"b\\\"\" @0 1.0+3.0 info");
  EXPECT_EQ(spans[1], "read k @1 2.0+0.5 ok");
  EXPECT_EQ(spans[2], "read k @0 5.0+0.0 info") << "the same client, until the last event";
}

TEST_F(ExportTest, JsonlIsTheHistoryAndEdnLeadsBackToIt) {
  EXPECT_EQ(exported({run().string()}).out, history);
  ASSERT_EQ(exported({run().string(), "--to", "edn", "-o", "h.edn"}).exit_code, 0);
  EXPECT_EQ(exported({"h.edn", "--to", "csv"}).out, exported({run().string(), "--to", "csv"}).out);
}

TEST_F(ExportTest, ABundleHoldsTheRunAndIsTheSameEachTime) {
  ASSERT_EQ(exported({run().string(), "--to", "bundle", "-o", "a.tgz"}).exit_code, 0);
  const CommandResult named = exported({run().string(), "--to", "bundle"});
  ASSERT_EQ(named.out, "job-20261123T000000.000Z.tar.gz\n") << named.err;
  EXPECT_EQ(read_file(folder_.path() / "a.tgz"),
            read_file(folder_.path() / "job-20261123T000000.000Z.tar.gz"));
  const CommandResult listed =
      run_command({"tar", "-xzOf", "a.tgz", "20261123T000000.000Z/history.jsonl"},
                  Clock::now() + std::chrono::seconds(30), folder_.path());
  EXPECT_EQ(listed.out, history) << listed.err;
}

TEST_F(ExportTest, WhatCannotBeDoneIsSaidAndNothingIsLeftBehind) {
  const CommandResult near = exported({run().string(), "--to", "cvs"});
  EXPECT_EQ(near.exit_code, 254);
  EXPECT_NE(near.err.find("did you mean 'csv'?"), std::string::npos) << near.err;
  const CommandResult file = exported({(run() / "history.jsonl").string(), "--to", "bundle"});
  EXPECT_EQ(file.exit_code, 254);
  const CommandResult nowhere = exported({run().string(), "--to", "bundle", "-o", "no/such/x.tgz"});
  EXPECT_EQ(nowhere.exit_code, 4) << nowhere.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << "the store alone";
}

}  // namespace
}  // namespace clew
