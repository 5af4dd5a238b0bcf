#include "harness/base64.h"

#include <gtest/gtest.h>

namespace clew {
namespace {

TEST(Base64, TheVectorsOfTheStandardHold) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, AllBytesSurviveTheRoundTrip) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes += static_cast<char>(i * 7 % 256);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(Base64, TextThatNoEncoderMakesIsRefused) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zm9v=", "====", "=", "Z===", "Zm 9", "Zm9v\n",
                           "Zg==Zg==", "Z-_v", "Zm9\xff"})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace clew
