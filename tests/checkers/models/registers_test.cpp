#include <cstdlib>
#include <filesystem>

#include "checkers/import.h"
#include "harness/atomic_file.h"
#include "tests/checkers/models/judged.h"

namespace clew::testing {
namespace {

using List = Value::List;

Value at(const Value& value, int version) {
  return Value::object({{"value", value}, {"version", version}});
}

TEST(VersionedRegister, CountsItsWrites) {
  accepts("versioned-register", {{0, 1, 2, "read", {}, at({}, 0)},
                                 {0, 3, 4, "write", 7, Value::object({{"version", 1}})},
                                 {0, 5, 6, "write", 7, List{7, 2}},
                                 {1, 7, 8, "read", {}, List{7, 2}}});
  rejects("versioned-register",
          {{0, 3, 4, "write", 7, 7}, {0, 5, 6, "write", 7, 7}, {1, 7, 8, "read", {}, at(7, 1)}});
}

TEST(VersionedRegister, ComparesOnlyWhatIsTold) {
  accepts("versioned-register",
          {{0, 3, 4, "write", 7, {}}, {0, 5, 6, "write", 8, {}}, {1, 7, 8, "read", {}, 8}});
  accepts("versioned-register",
          {{0, 3, 4, "write", 7, {}}, {1, 7, 8, "read", {}, Value::object({{"version", 1}})}});
  rejects("versioned-register", {{0, 3, 4, "write", 7, {}}, {1, 7, 8, "read", {}, 8}});
}

TEST(VersionedRegister, SwapsByValueOrByVersion) {
  const std::string refused(compare_failed);
  accepts("versioned-register", {{0, 1, 2, "write", 7, {}},
                                 {0, 3, 4, "cas", List{7, 8}, {}},
                                 {0, 5, 6, "cas-version", List{2, 9}, {}},
                                 {0, 7, 8, "cas-version", List{2, 9}, {}, Kind::fail, refused},
                                 {0, 9, 10, "read", {}, at(9, 3)}});
  rejects("versioned-register",
          {{0, 1, 2, "write", 7, {}}, {0, 5, 6, "cas-version", List{2, 9}, {}}});
  rejects("versioned-register", {{0, 1, 2, "write", 7, {}},
                                 {0, 5, 6, "cas-version", List{1, 9}, {}, Kind::fail, refused}});
}

TEST(VersionedRegister, NeedsVersionsThatAreWholeNumbers) {
  misunderstands("versioned-register", {{0, 1, 2, "read", {}, at(1, -1)}}, "not negative");
  misunderstands("versioned-register", {{0, 1, 2, "cas-version", List{"x", 1}, {}}}, "[version");
  misunderstands("versioned-register", {{0, 1, 2, "cas", 1, {}}}, "[old, new]");
}

Value txn(const Value& x, const Value& y) { return List{List{"read", "x", x}, List{"r", "y", y}}; }

TEST(MultiRegister, ShowsATransactionAsAWhole) {
  const auto seen = [](const Value& x, const Value& y) -> Calls {
    const Value both = List{List{"write", "x", 1}, List{"w", "y", 2}};
    return {{0, 1, 9, "txn", both, both}, {1, 2, 8, "txn", txn({}, {}), txn(x, y)}};
  };
  accepts("multi-register", seen(1, 2));
  accepts("multi-register", seen({}, {}));
  rejects("multi-register", seen(1, {}));
  accepts("multi-register-0", seen(0, 0));
  rejects("multi-register-0", seen(1, 0));
}

TEST(MultiRegister, SeesInATransactionWhatItWroteItself) {
  const auto self = [](const Value& x) {
    return Value(List{List{"w", "x", 1}, List{"r", "x", x}});
  };
  accepts("multi-register", {{0, 1, 2, "txn", self({}), self(1)}});
  rejects("multi-register", {{0, 1, 2, "txn", self({}), self(2)}});
}

TEST(MultiRegister, NeedsInItsAnswerTheSameParts) {
  const Value read = List{List{"r", "x", {}}};
  misunderstands("multi-register", {{0, 1, 2, "txn", read, List{}}}, "parts that were invoked");
  misunderstands("multi-register", {{0, 1, 2, "txn", List{List{"swap", "x", {}}}, {}}}, "\"read\"");
  misunderstands("multi-register", {{0, 1, 2, "txn", 7, 7}}, "[f, key, value]");
  misunderstands("multi-register-0", {{0, 1, 2, "txn", read, read}}, "start as 0");
}

TEST(Kv, KeepsWhatWasPut) {
  accepts("kv",
          {{0, 1, 2, "get"},
           {0, 3, 4, "put", 7, 7},
           {0, 5, 6, "get", {}, 7},
           {0, 7, 8, "delete"},
           {0, 9, 10, "get"}},
          "k");
  rejects("kv", {{0, 3, 4, "put", 7, 7}, {0, 5, 6, "get"}}, "stale-read", "k");
  rejects("kv", {{0, 3, 4, "put", 7, 7}, {0, 5, 6, "get", {}, 8}}, "value-never-written", "k");
}

TEST(Kv, AppendsText) {
  const auto seen = [](const char* text) -> Calls {
    return {
        {0, 1, 5, "append", "a", "a"}, {1, 1, 5, "append", "b", "b"}, {0, 7, 8, "get", {}, text}};
  };
  accepts("kv", seen("ab"), "k");
  accepts("kv", seen("ba"), "k");
  rejects("kv", seen("a"), "non-linearizable", "k");
  rejects("kv",
          {{0, 1, 2, "append", "a", "a"}, {0, 3, 4, "append", "b", "b"}, {0, 7, 8, "get", {}, "a"}},
          "stale-read", "k");
}

TEST(Kv, JudgesKeysThatAreInTheValuesTogether) {
  accepts("kv", {{0, 1, 2, "put", List{"x", 1}, {}},
                 {0, 3, 4, "put", List{"y", 2}, {}},
                 {0, 5, 6, "cas", List{"y", 2, 3}, {}},
                 {1, 7, 8, "get", List{"x"}, List{"x", 1}},
                 {1, 9, 10, "get", List{"y", Value()}, List{"y", 3}}});
  rejects("kv",
          {{0, 1, 2, "put", List{"x", 1}, {}}, {1, 7, 8, "get", List{"x"}, List{"x", Value()}}},
          "stale-read");
  misunderstands("kv", {{1, 7, 8, "get", List{"x"}, List{"y", 1}}}, "the key it asked for");
  misunderstands("kv", {{1, 7, 8, "cas", List{"y"}, {}}}, "[old, new]");
}

TEST(Kv, TakesMissingNilAndTheEmptyTextAsOne) {
  accepts("kv",
          {{0, 1, 2, "get", {}, ""},
           {0, 3, 4, "put", "", {}},
           {0, 5, 6, "get"},
           {0, 7, 8, "cas", List{"", 1}, {}}},
          "k");
}

// Of Porcupine and Knossos; the name of a file tells its verdict.
TEST(Kv, AndMultiRegistersOfOthersGetTheirKnownVerdicts) {
  const char* given = std::getenv("CLEW_HISTORIES");
  const std::filesystem::path folder = given ? given : CLEW_SOURCE_DIR "/../shared/histories";
  if (!std::filesystem::exists(folder / "porcupine-kv"))
    GTEST_SKIP() << "no recorded histories at " << folder;
  const auto outcome = [](const std::string& model, const std::filesystem::path& file) {
    const History history = load_history(read_file(file), FailMeans::observed);
    return linearizable_by_name(model)->check(history, {}, {}).outcome;
  };
  for (const auto& entry : std::filesystem::directory_iterator(folder / "porcupine-kv")) {
    const bool bad = entry.path().stem().string().ends_with("-bad");
    EXPECT_EQ(outcome("kv", entry.path()), bad ? Outcome::invalid : Outcome::valid) << entry.path();
  }
  for (const auto& entry :
       std::filesystem::directory_iterator(folder / "knossos-multi-register/good"))
    EXPECT_EQ(outcome("multi-register-0", entry.path()), Outcome::valid) << entry.path();
}

}  // namespace
}  // namespace clew::testing
