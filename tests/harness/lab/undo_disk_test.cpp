// What a power failure leaves, without FUSE: the disk's memory against plain files.

#include "harness/lab/undo_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <optional>

#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class UndoDiskTest : public ::testing::Test {
 protected:
  // Opens or makes a file.
  Fd open(const std::string& name) {
    if (fs::exists(disk_.real(name))) return Fd(::open(disk_.real(name).c_str(), O_RDWR));
    return Fd(disk_.create(name, 0, 0644));
  }
  void write(const std::string& name, const std::string& text, off_t at = 0) {
    const Fd file = open(name);
    EXPECT_EQ(disk_.write(file.get(), text.data(), text.size(), at),
              static_cast<ssize_t>(text.size()));
  }
  void sync(const std::string& name) { EXPECT_EQ(disk_.sync(open(name).get(), {}), 0); }
  void synced(const std::string& name, const std::string& text) {
    write(name, text);
    sync(name);
  }
  // nothing: there is no such file.
  std::optional<std::string> text(const std::string& name) const {
    std::ifstream in(disk_.real(name), std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  TemporaryFolder folder_;
  UndoDisk disk_{folder_.path()};
};

TEST_F(UndoDiskTest, WhatWasSyncedStaysAndWhatWasNotIsGone) {
  synced("a", "one");
  write("a", "two");
  write("b", "new");
  EXPECT_EQ(text("a"), "two") << "a process that is killed loses nothing";
  EXPECT_EQ(disk_.counts().unsynced_pages, 2U);
  EXPECT_EQ(disk_.counts().unsynced_names, 1U);
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), "one");
  EXPECT_EQ(text("b"), std::nullopt);
  EXPECT_EQ(disk_.counts().lost_pages, 2U);
  EXPECT_EQ(disk_.counts().lost_names, 1U);
  EXPECT_EQ(disk_.counts().unsynced_pages, 0U);
}

TEST_F(UndoDiskTest, AppendedBytesAreCutOffAndTruncatedOnesComeBack) {
  synced("a", std::string(10'000, 'x'));
  write("a", "tail", 10'000);
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), std::string(10'000, 'x'));
  EXPECT_EQ(disk_.truncate(open("a").get(), 5), 0);
  EXPECT_EQ(text("a"), "xxxxx");
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), std::string(10'000, 'x'));
}

TEST_F(UndoDiskTest, AnotherFilesSyncKeepsNamesButNotContents) {
  write("a", "lost");
  synced("b", "kept");
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), "") << "as on ext4: its name went out with the journal";
  EXPECT_EQ(text("b"), "kept");
}

TEST_F(UndoDiskTest, RenamesAndRemovalsAreUndoneInReverse) {
  synced("a", "old a");
  synced("b", "old b");
  synced("c", "old c");
  EXPECT_EQ(disk_.rename("a", "b", 0), 0);
  EXPECT_EQ(disk_.remove("c", false), 0);
  EXPECT_EQ(disk_.make_folder("d", 0755), 0);
  EXPECT_EQ(disk_.rename("b", "d/e", 0), 0);
  EXPECT_EQ(text("d/e"), "old a");
  EXPECT_EQ(disk_.lose(0, 1).lost_names, 4U);
  EXPECT_EQ(text("a"), "old a");
  EXPECT_EQ(text("b"), "old b");
  EXPECT_EQ(text("c"), "old c");
  EXPECT_FALSE(fs::exists(disk_.real("d")));
}

TEST_F(UndoDiskTest, ASyncedFolderKeepsWhatWasRenamedInIt) {
  synced("a", "new");
  synced("b", "old");
  EXPECT_EQ(disk_.rename("a", "b", 0), 0);
  EXPECT_EQ(disk_.sync_folder({}), 0);
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), std::nullopt);
  EXPECT_EQ(text("b"), "new");
}

TEST_F(UndoDiskTest, PreallocatedRoomIsThereAgainAfterALoss) {
  const Fd file = open("wal");
  EXPECT_EQ(disk_.allocate(file.get(), 0, 0, 1 << 20), 0);
  EXPECT_EQ(disk_.sync(file.get(), {}), 0);
  write("wal", "entry", 4096);
  disk_.lose(0, 1);
  EXPECT_EQ(*text("wal"), std::string(1 << 20, '\0'));
}

TEST_F(UndoDiskTest, ALyingFsyncKeepsNothing) {
  synced("a", "one");
  disk_.set({.lying_fsync = true});
  synced("a", "two");
  EXPECT_EQ(disk_.counts().lied, 1U);
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), "one");
}

TEST_F(UndoDiskTest, TornWritesKeepWholeSectorsAndAreTheSameForTheSameSeed) {
  const std::string before(64 * 4096, 'o');
  const std::string after(64 * 4096, 'n');
  std::map<std::uint64_t, std::string> left;
  for (const std::uint64_t seed : {1U, 2U, 1U}) {
    synced("a", before);
    write("a", after);
    disk_.lose(0.5, seed);
    const std::string now = *text("a");
    std::size_t sectors = 0;
    for (std::size_t at = 0; at < now.size(); at += 512) {
      EXPECT_EQ(now.find_first_not_of(now[at], at), now.find_first_not_of(now[at], at + 511));
      sectors += now[at] == 'n' ? 1U : 0U;
    }
    EXPECT_GT(sectors, 180U);
    EXPECT_LT(sectors, 332U);
    if (const auto it = left.find(seed); it != left.end()) { EXPECT_EQ(it->second, now); }
    left[seed] = now;
  }
  EXPECT_NE(left[1], left[2]);
}

TEST_F(UndoDiskTest, OfWhatIsNewSomeSectorsMayReachTheDiskToo) {
  const Fd file = open("a");
  EXPECT_EQ(disk_.sync(file.get(), {}), 0);
  write("a", std::string(8 * 4096, 'n'));
  disk_.lose(0.5, 3);
  const std::string now = *text("a");
  EXPECT_GT(std::count(now.begin(), now.end(), 'n'), 16 * 512);
  EXPECT_GT(std::count(now.begin(), now.end(), '\0'), 16 * 512);
  EXPECT_EQ(now.back(), 'n') << "it ends with the last sector that was kept";
}

TEST_F(UndoDiskTest, WhoIsKilledInAnFsyncThatWaitsKeepsNothing) {
  synced("a", "old");
  write("a", "new");
  disk_.hold_fsyncs(std::chrono::seconds(60));
  const Fd file = open("a");
  EXPECT_EQ(disk_.sync(file.get(), [] { return true; }), -EINTR);
  EXPECT_EQ(disk_.sync_folder([] { return true; }), -EINTR);
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), "old");
  EXPECT_EQ(disk_.sync(file.get(), [] { return true; }), 0) << "a loss ends the hold";
}

TEST_F(UndoDiskTest, ErrorsAndAFullDiskAreGivenAndCounted) {
  synced("a", "one");
  const Fd file = open("a");
  disk_.set({.fsync_error = 1, .write_error = 1, .read_error = 1});
  char byte = 0;
  EXPECT_EQ(disk_.sync(file.get(), {}), -EIO);
  EXPECT_EQ(disk_.write(file.get(), "x", 1, 0), -EIO);
  EXPECT_EQ(disk_.read(file.get(), &byte, 1, 0), -EIO);
  EXPECT_EQ(disk_.counts().errors, 3U);
  disk_.set({.full = true});
  EXPECT_EQ(disk_.write(file.get(), "x", 1, 3), -ENOSPC);
  EXPECT_EQ(disk_.write(file.get(), "x", 1, 0), 1) << "there is room where there was room";
  EXPECT_EQ(disk_.create("b", 0, 0644), -ENOSPC);
  EXPECT_EQ(disk_.counts().refused, 2U);
  disk_.set({});
  EXPECT_EQ(disk_.sync(file.get(), {}), 0);
}

TEST_F(UndoDiskTest, RotChangesWhatIsReadAndNotWhatIsThere) {
  synced("a", std::string(100, 'x'));
  disk_.set({.rotten_read = 1});
  std::string got(100, ' ');
  EXPECT_EQ(disk_.read(open("a").get(), got.data(), got.size(), 0), 100);
  EXPECT_NE(got, std::string(100, 'x'));
  EXPECT_EQ(text("a"), std::string(100, 'x'));
  EXPECT_EQ(disk_.counts().rotten, 1U);
}

TEST_F(UndoDiskTest, ASlowFsyncTakesAsLongAsAsked) {
  synced("a", "one");
  disk_.set({.slow_fsync = milliseconds(50)});
  const Deadline began = Clock::now();
  sync("a");
  EXPECT_GE(Clock::now() - began, milliseconds(50));
  EXPECT_EQ(disk_.counts().slowed, 1U);
}

TEST_F(UndoDiskTest, TheMachineWritesEverythingOutNowAndThen) {
  write("a", "one");
  disk_.flush_if_due(Clock::now() + std::chrono::seconds(6));
  write("a", "two");
  disk_.lose(0, 1);
  EXPECT_EQ(text("a"), "one");
}

// Random calls beside a plain account of what is there and what is durable.
TEST_F(UndoDiskTest, AfterAnyCallsALossLeavesExactlyWhatWasDurable) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Rng rng(seed);
    // A file's identity survives renames; its durable contents go with it.
    std::map<std::string, int> now, durable_names;
    std::map<int, std::string> contents, durable_contents;
    int next = 0;
    const auto name = [&] {
      return "f" + std::to_string(rng.below(4)) + "s" + std::to_string(seed);
    };
    for (int step = 0; step < 60; ++step) {
      const std::string a = name();
      const std::string b = name();
      switch (rng.below(7)) {
        case 0:
        case 1: {  // Writes somewhere in three pages.
          if (!now.contains(a)) {
            now[a] = next;
            contents[next++] = "";
          }
          std::string& whole = contents[now[a]];
          const auto at = static_cast<std::size_t>(rng.below(9000));
          const std::string bytes(1 + rng.below(5000), static_cast<char>('a' + rng.below(26)));
          if (whole.size() < at + bytes.size()) whole.resize(at + bytes.size(), '\0');
          whole.replace(at, bytes.size(), bytes);
          write(a, bytes, static_cast<off_t>(at));
          break;
        }
        case 2:
          if (!now.contains(a)) break;
          sync(a);
          durable_names = now;
          durable_contents[now[a]] = contents[now[a]];
          break;
        case 3:
          if (!now.contains(a)) break;
          contents[now[a]].resize(rng.below(9000), '\0');
          EXPECT_EQ(disk_.truncate(open(a).get(), static_cast<off_t>(contents[now[a]].size())), 0);
          break;
        case 4:
          if (!now.contains(a) || a == b) break;
          EXPECT_EQ(disk_.rename(a, b, 0), 0);
          now[b] = now[a];
          now.erase(a);
          break;
        case 5:
          if (now.erase(a) > 0) { EXPECT_EQ(disk_.remove(a, false), 0); }
          break;
        default:
          if (rng.chance(0.7)) break;
          disk_.lose(0, seed);
          now = durable_names;
          for (auto& [id, whole] : contents) whole = durable_contents[id];
      }
    }
    disk_.lose(0, seed);
    std::map<std::string, std::string> wanted, found;
    for (const auto& [file, id] : durable_names) wanted[file] = durable_contents[id];
    for (const auto& entry : fs::directory_iterator(disk_.real("")))
      found[entry.path().filename()] = *text(entry.path().filename());
    ASSERT_EQ(found, wanted) << "seed " << seed;
    for (const auto& [file, whole] : found) EXPECT_EQ(disk_.remove(file, false), 0);
    disk_.sync_folder({});
  }
}

}  // namespace
}  // namespace clew
