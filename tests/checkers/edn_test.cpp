#include "checkers/edn.h"

#include <gtest/gtest.h>

#include "harness/error.h"

namespace clew {
namespace {

std::string as_json(const std::string& text) {
  EdnReader reader(text);
  Edn form;
  if (reader.next(form) != EdnReader::Found::form) return "nothing";
  return to_json(to_value(form));
}

std::string complaint(const std::string& text) {
  try {
    EdnReader reader(text);
    Edn form;
    while (reader.next(form) == EdnReader::Found::form) {}
  } catch (const UsageError& e) { return e.what(); }
  return "none";
}

TEST(Edn, EachKindOfFormHasItsValue) {
  EXPECT_EQ(as_json("[nil true false 0 -7 +7 7N 1.5 -2e3 1.5M 2/3]"),
            R"([null,true,false,0,-7,7,7,1.5,-2000.0,"1.5M","2/3"])");
  EXPECT_EQ(as_json("(:a :b/c ::d sym a.b/c - + -a .5)"),
            R"(["a","b/c","d","sym","a.b/c","-","+","-a",".5"])");
  EXPECT_EQ(as_json(R"(["a\"b\\c\n\u00e9\ud83d\ude00" \a \newline \space \( \; \u00e9 \é])"),
            "[\"a\\\"b\\\\c\\u000aé😀\",\"a\",\"\\u000a\",\" \",\"(\",\";\",\"é\",\"é\"]");
  EXPECT_EQ(as_json("{:x 1, \"y\" [2], 3 nil}"), R"({"x":1,"y":[2],"3":null})");
}

TEST(Edn, EqualSetsAreEqualValues) {
  EXPECT_EQ(as_json("#{3 1 2}"), "[1,2,3]");
  EXPECT_EQ(as_json("#{:b :a}"), as_json("#{:a :b}"));
}

TEST(Edn, TagsCommentsAndWhatIsDiscardedAreNotThere) {
  EXPECT_EQ(as_json("[1 ; two ]\n 3 #_ 4 #_#_ 5 6 7, #_{:a [8]}]"), "[1,3,7]");
  EXPECT_EQ(as_json("#inst \"2026-01-01\" "), "\"2026-01-01\"");
  EXPECT_EQ(as_json("#jepsen.history.Op{:index 0}"), R"({"index":0})");
  EXPECT_EQ(as_json("#a #b [1]"), "[1]");
}

TEST(Edn, NumbersBeyondSixtyFourBitsKeepTheirDigits) {
  EXPECT_EQ(as_json("[9223372036854775807 9223372036854775808 9223372036854775809N]"),
            R"([9223372036854775807,"9223372036854775808","9223372036854775809"])");
}

TEST(Edn, WhatIsNoEdnIsNamedByLineAndColumn) {
  EXPECT_EQ(complaint("[1\n  2 }"), "line 2, column 5: '}' closes nothing that is open");
  EXPECT_EQ(complaint("{:a 1 :b}"), "line 1, column 1: this map has a key without a value");
  EXPECT_EQ(complaint("[{:a 1 \"a\" 2}]"), "line 1, column 2: this map has a key twice");
  EXPECT_EQ(complaint("[1 12x ]"), "line 1, column 4: '12x' is no number");
  EXPECT_EQ(complaint("[1 010 ]"), "line 1, column 4: '010' is no number");
  EXPECT_EQ(complaint("\"a\\q\""), "line 1, column 3: '\\q' is no escape in a string");
  EXPECT_EQ(complaint("\"\\ud800x......\""), "line 1, column 2: half a pair of surrogates");
  EXPECT_EQ(complaint("[^foo bar]"), "line 1, column 2: '^' is Clojure, but no EDN");
  EXPECT_EQ(complaint("[ ##Nan ]"), "line 1, column 3: '##Nan' is none of ##Inf, ##-Inf, ##NaN");
  EXPECT_EQ(complaint("[\\abc ]"), "line 1, column 2: '\\abc' is no character");
}

TEST(Edn, NestingHasALimitAndTheStackNeverEnds) {
  for (const std::string open : {"[", "{", "#{", "#_", "#a ", "(", "#_ #a ["}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    EXPECT_NE(complaint(text).find("nest deeper than 200"), std::string::npos) << open;
  }
}

TEST(Edn, WhereTheTextEndsTooEarlyTheOpenFormIsKnown) {
  EdnReader reader("{:a 1}\n{:b [1 2");
  Edn form;
  EXPECT_EQ(reader.next(form), EdnReader::Found::form);
  EXPECT_EQ(reader.next(form), EdnReader::Found::cut);
  EXPECT_EQ(reader.place(reader.unclosed()), "line 2, column 5");
}

TEST(Edn, WhatIsWrittenReadsBackAsTheSameValue) {
  for (const std::string json :
       {"null", "true", "[1,-2.5,42.0,1e+300,\"a\\\"b\\\\\\u0001é\",[]]",
        "{\"z\":1,\"a b\":[{\"b\":null}]}", "9223372036854775807", "[[],{}]"}) {
    std::string text;
    append_edn(text, parse_json(json));
    EXPECT_EQ(as_json(text + " "), json) << text;
  }
}

}  // namespace
}  // namespace clew
