#include "harness/input.h"

#include <gtest/gtest.h>

#include "harness/error.h"

namespace clew {
namespace {

// "hello\n", as `printf 'hello\n' | gzip -n` packs it.
const std::string packed(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06"
    "\x00\x00\x00",
    26);

TEST(Input, GzipIsKnownByItsFirstBytesAndUnpacked) {
  EXPECT_TRUE(is_gzip(packed));
  EXPECT_FALSE(is_gzip("{\"index\":0}"));
  EXPECT_EQ(gunzip(packed), "hello\n");
  EXPECT_EQ(gunzip(packed + packed + std::string(512, '\0')), "hello\nhello\n");
}

TEST(Input, GzipCutAtAnyByteIsAClearError) {
  for (std::size_t bytes = 2; bytes < packed.size(); ++bytes) {
    try {
      gunzip(packed.substr(0, bytes));
      FAIL() << bytes;
    } catch (const UsageError& e) {
      EXPECT_EQ(std::string(e.what()), "the gzip ends too early: copy or record it again");
    }
  }
}

TEST(Input, DamagedGzipIsAClearError) {
  std::string damaged = packed;
  damaged[12] = '\x00';
  EXPECT_THROW(gunzip(damaged), UsageError);
  EXPECT_THROW(gunzip(packed + "more"), UsageError);
}

}  // namespace
}  // namespace clew
