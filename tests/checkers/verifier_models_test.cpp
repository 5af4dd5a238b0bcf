#include <gtest/gtest.h>

#include <fstream>

#include "checkers/certificate.h"
#include "checkers/models.h"
#include "harness/history_file.h"
#include "tests/support/verifier.h"

namespace clew {
namespace {

// One call after the other, each by its own process.
struct Said {
  const char* f;
  Value asked;
  Value answer{};
  Kind end = Kind::ok;
};

std::vector<Op> ops_of(const std::vector<Said>& calls) {
  std::vector<Op> ops;
  for (const Said& call : calls) {
    const auto index = static_cast<std::int64_t>(ops.size());
    ops.push_back({.index = index,
                   .time = Nanos(index * 10),
                   .process = index,
                   .f = call.f,
                   .value = call.asked});
    ops.push_back({.index = index + 1,
                   .time = Nanos(index * 10 + 5),
                   .process = index,
                   .kind = call.end,
                   .f = call.f,
                   .value = call.answer});
    if (call.end == Kind::fail) ops.back().error = std::string(compare_failed);
  }
  return ops;
}

testing::Verified verify(const std::string& model, const std::vector<Said>& calls,
                         Outcome outcome) {
  std::string file;
  const std::vector<Op> ops = ops_of(calls);
  KeyProof proof{"", outcome, "", {}};
  for (const Op& op : ops) {
    append_history_line(file, op);
    if (op.kind == Kind::invoke) proof.calls.push_back(op.index);
  }
  Verdict verdict;
  verdict.model = model;
  verdict.outcome = outcome;
  verdict.proofs.push_back(proof);
  return testing::verified(
      file, certificate_json(verdict, {"", ops.size(), fnv1a64(file)}, FailMeans::observed));
}

// The calls are an order as they are; and with the answer of the last one replaced they have none.
void expect(const std::string& model, std::vector<Said> calls, const Value& wrong) {
  EXPECT_EQ(verify(model, calls, Outcome::valid).line, "valid: verified") << model;
  EXPECT_EQ(verify(model, calls, Outcome::invalid).line, "does not hold: the core has an order");
  calls.back().answer = wrong;
  const testing::Verified told = verify(model, calls, Outcome::valid);
  EXPECT_EQ(told.code, 1) << model << ": " << told.line;
  EXPECT_NE(told.line.find("would get another answer"), std::string::npos) << told.line;
  EXPECT_EQ(verify(model, calls, Outcome::invalid).line, "invalid: verified") << model;
}

TEST(VerifierModels, RegistersHoldTheLastValue) {
  expect("register", {{"read", {}, {}}, {"write", 7, 7}, {"read", {}, 7}}, 8);
  expect("cas-register",
         {{"write", 7},
          {"cas", Value::List{7, 8}},
          {"cas", Value::List{7, 9}, {}, Kind::fail},
          {"read", {}, 8}},
         7);
}

TEST(VerifierModels, TellTypesApart) {
  expect("register", {{"write", 7}, {"read", {}, 7}}, 7.0);
  expect("register", {{"write", 7}, {"read", {}, 7}}, "7");
  // A swap of 7 for 7.0 changes the value: later reads tell.
  expect("cas-register", {{"write", 7}, {"cas", Value::List{7, 7.0}}, {"read", {}, 7.0}}, 7);
}

TEST(VerifierModels, LocksAreHeldByOne) {
  const Said acquire{"acquire", {}, true}, release{"release", {}, true};
  expect("mutex",
         {acquire, release, {"release", {}, {}, Kind::fail}, acquire, {"acquire", {}, false}},
         true);
  expect(
      "owner-mutex",
      {{"acquire", "a", true}, {"release", "b", false}, {"release", "a", true}, {"acquire", "b"}},
      false);
}

TEST(VerifierModels, QueuesGiveTheOldestFirst) {
  expect("fifo-queue",
         {{"dequeue", {}, {}},
          {"dequeue", {}, {}, Kind::fail},
          {"enqueue", 1},
          {"enqueue", 2},
          {"dequeue", {}, 1}},
         2);
  expect("fifo-queue", {{"enqueue", 1}, {"dequeue", {}, 1}}, {});
}

TEST(VerifierModels, QueuesWithoutOrderGiveEachElementOnce) {
  expect("unordered-queue",
         {{"dequeue", {}, {}},
          {"enqueue", 1},
          {"enqueue", 2},
          {"dequeue", {}, 2},
          {"dequeue", {}, 1},
          {"dequeue", {}, {}, Kind::fail},
          {"dequeue", {}, {}}},
         1);
  expect("unordered-queue", {{"enqueue", 1}, {"dequeue", {}, 1}}, {});
}

// It took one of those that were there before it, and nobody knows which.
TEST(VerifierModels, QueuesWithoutOrderMayHaveLostAnElementToAnUnknownDequeue) {
  const auto lost = [](const Value& last) -> std::vector<Said> {
    return {{"enqueue", 1}, {"dequeue", {}, {}, Kind::info}, {"enqueue", 2}, {"dequeue", {}, last}};
  };
  EXPECT_EQ(verify("unordered-queue", lost(2), Outcome::valid).line, "valid: verified");
  EXPECT_EQ(verify("unordered-queue", lost(1), Outcome::valid).code, 1);
  EXPECT_EQ(verify("unordered-queue", lost({}), Outcome::valid).code, 1);
}

TEST(VerifierModels, TokensOfLocksGrow) {
  const Value second = Value::object({{"token", 9}});
  expect("fenced-lock",
         {{"acquire", "a", 7},
          {"acquire", "b", false},
          {"release", "b", {}, Kind::fail},
          {"release", "a", true},
          {"acquire", "b", second}},
         7);
}

TEST(VerifierModels, VersionsCountWrites) {
  expect("versioned-register",
         {{"read", {}, Value::List{{}, 0}},
          {"write", 7, Value::List{7, 1}},
          {"cas", Value::List{7, 8}, Value::object({{"version", 2}})},
          {"cas-version", Value::List{1, 9}, {}, Kind::fail},
          {"cas-version", Value::List{2, 9}},
          {"read", {}, Value::object({{"value", 9}, {"version", 3}})}},
         Value::List{9, 2});
  expect("versioned-register", {{"write", 7}, {"read", {}, 7}}, 8);
}

TEST(VerifierModels, SetsHoldEachElementOnce) {
  expect("set",
         {{"add", 1, true},
          {"add", 1, false},
          {"add", 2},
          {"remove", 3, {}, Kind::fail},
          {"contains", 2, true},
          {"read", {}, Value::List{2, 1}}},
         Value::List{2, 1, 1});
  expect("set", {{"add", 1}, {"remove", 1}, {"contains", 1, false}}, true);
}

TEST(VerifierModels, CountersAdd) {
  expect("counter",
         {{"add", 5}, {"increment", {}}, {"increment", 2}, {"add-and-get", -4, 4}, {"read", {}, 4}},
         5);
}

TEST(VerifierModels, ListsGrowAtTheirEnd) {
  expect("append-list",
         {{"read", {}, {}}, {"append", "a"}, {"append", 1}, {"read", {}, Value::List{"a", 1}}},
         Value::List{1, "a"});
}

TEST(VerifierModels, TransactionsReadAndWriteAtOnce) {
  using List = Value::List;
  const auto part = [](const char* f, const char* key, Value value) {
    return Value(List{f, key, std::move(value)});
  };
  const Value write = List{part("w", "x", 1), part("write", "y", 2)};
  const Value both =
      List{part("r", "x", {}), part("r", "y", {}), part("w", "x", 3), part("r", "x", {})};
  for (const char* model : {"multi-register", "multi-register-0"}) {
    const Value first = std::string(model) == "multi-register" ? Value() : Value(0);
    expect(model,
           {{"txn", List{part("r", "x", {})}, List{part("r", "x", first)}},
            {"txn", write, write},
            {"txn", both,
             List{part("r", "x", 1), part("r", "y", 2), part("w", "x", 3), part("r", "x", 3)}}},
           List{part("r", "x", 1), part("r", "y", first), part("w", "x", 3), part("r", "x", 3)});
  }
}

TEST(VerifierModels, KeysHoldWhatIsPutOrAppended) {
  using List = Value::List;
  expect("kv",
         {{"get", {}, {}},
          {"put", 7},
          {"append", "a"},
          {"get", {}, "7a"},
          {"cas", List{"7a", ""}},
          {"get", {}, {}},
          {"append", 5},
          {"get", {}, "5"},
          {"delete", {}},
          {"cas", List{"5", 1}, {}, Kind::fail},
          {"put", 5},
          {"get", {}, 5}},
         "5");
  expect("kv",
         {{"put", List{"x", "a"}},
          {"append", List{"y", "b"}},
          {"cas", List{"x", "a", "c"}},
          {"append", List{"y", "c"}},
          {"get", List{"x"}, List{"x", "c"}},
          {"get", List{"y"}, List{"y", "bc"}}},
         List{"y", "c"});
}

TEST(VerifierModels, AllModelsAreKnown) {
  for (const ModelEntry& model : models())
    EXPECT_EQ(verify(std::string(model.name), {}, Outcome::valid).line.find("is not known"),
              std::string::npos)
        << model.name;
}

TEST(VerifierModels, TheProgramIsOfFourHundredLinesThatOneCanRead) {
  std::ifstream in(std::string(CLEW_SOURCE_DIR) + "/checkers/verify/clew_verify.cpp");
  int lines = 0;
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(line.size(), 100U) << line;
    const std::size_t start = line.find_first_not_of(' ');
    lines += start != std::string::npos && line.compare(start, 2, "//") != 0;
  }
  EXPECT_GT(lines, 0);
  EXPECT_LE(lines, 400) << "without the comments";
}

// A call that a core leaves out could be what explains it: only calls that change nothing may be,
// and those that are about another element.
TEST(VerifierModels, ACoreHasAllThatBeganBeforeItsEnd) {
  const std::vector<Said> calls{
      {"enqueue", 1}, {"dequeue", {}, {}, Kind::fail}, {"dequeue", {}, 2}};
  EXPECT_EQ(verify("fifo-queue", calls, Outcome::invalid).line, "invalid: verified");
  std::string file;
  for (const Op& op : ops_of(calls)) append_history_line(file, op);
  Verdict verdict;
  verdict.model = "fifo-queue";
  verdict.outcome = Outcome::invalid;
  const auto told = [&](std::vector<std::int64_t> core) {
    verdict.proofs = {{"", Outcome::invalid, "", std::move(core)}};
    return testing::verified(
        file, certificate_json(verdict, {"", 6, fnv1a64(file)}, FailMeans::observed));
  };
  EXPECT_EQ(told({0, 4}).line, "invalid: verified");  // The refused one changed nothing.
  EXPECT_EQ(told({4}).line, "invalid: verified");     // Only 1 was put there.
  EXPECT_EQ(told({0, 2}).line, "invalid: verified");  // Not empty after 1 was put there.
}

TEST(VerifierModels, ACoreThatReadsAllHasAllThatBeganBeforeItsEnd) {
  std::string file;
  for (const Op& op : ops_of({{"append", 1}, {"read", {}, Value::List{2}}}))
    append_history_line(file, op);
  Verdict verdict;
  verdict.model = "append-list";
  verdict.outcome = Outcome::invalid;
  const auto told = [&](std::vector<std::int64_t> core) {
    verdict.proofs = {{"", Outcome::invalid, "", std::move(core)}};
    return testing::verified(
        file, certificate_json(verdict, {"", 4, fnv1a64(file)}, FailMeans::observed));
  };
  EXPECT_EQ(told({0, 2}).line, "invalid: verified");
  EXPECT_EQ(told({2}).code, 2);  // Somebody may have appended 2.
}

}  // namespace
}  // namespace clew
