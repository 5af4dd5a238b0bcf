#include "harness/value.h"

#include <gtest/gtest.h>

#include "harness/error.h"

namespace clew {
namespace {

TEST(Value, EachKindOfJsonSurvivesARoundTrip) {
  for (const std::string text : {"null", "true", "false", "0", "-7", "9223372036854775807", "42.0",
                                 "0.1", "1e+300", "\"\"", "\"a\\\"b\\\\c\\u0001\"", "[]",
                                 "[1,[2,null],\"x\"]", "{}", "{\"z\":1,\"a\":[{\"b\":null}]}"}) {
    EXPECT_EQ(to_json(parse_json(text)), text);
  }
}

TEST(Value, NumbersOfDifferentTypesDiffer) {
  EXPECT_NE(parse_json("42"), parse_json("42.0"));
  EXPECT_NE(parse_json("42"), parse_json("\"42\""));
  EXPECT_NE(Value(), Value(0));
  EXPECT_NE(Value(), Value(""));
}

TEST(Value, BytesThatAreNoUtf8StillMakeJson) {
  std::string out;
  append_json_string(out, "a\xff\xc3\x28\xed\xa0\x80z\xc3\xa9");
  EXPECT_NO_THROW(parse_json(out));
  EXPECT_NE(out.find("\xc3\xa9"), std::string::npos);
}

TEST(Value, BrokenJsonIsAUsageErrorThatNamesTheByte) {
  for (const char* text : {"", "{", "[1,", "\"a", "nul", "{\"a\":}", "1 2"})
    EXPECT_THROW(parse_json(text), UsageError) << text;
}

}  // namespace
}  // namespace clew
