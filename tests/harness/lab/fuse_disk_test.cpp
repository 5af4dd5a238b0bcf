// The same through a real mount: plain system calls, as a server makes them.

#include "harness/lab/fuse_disk.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>

#include "harness/lab/lab.h"
#include "tests/harness/lab/inside.h"

namespace clew {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

#define CLEW_NEEDS_FUSE() \
  CLEW_NEEDS_SANDBOX();   \
  if (const std::string why = FuseDisk::why_not(); !why.empty()) GTEST_SKIP() << why

// A disk mounted in a sandbox.
void on_a_disk(const std::function<void(FuseDisk&, const fs::path&)>& body) {
  const Scratch scratch;
  in_the_sandbox([&] {
    const fs::path folder = scratch.path();
    fs::create_directories(folder / "behind");
    fs::create_directories(folder / "data");
    FuseDisk disk(folder / "behind", folder / "data", folder / "log");
    disk.set({.flush_every = Nanos{0}});
    body(disk, folder / "data");
  });
}

Fd open_file(const fs::path& path) {
  return Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
}
void write_text(const fs::path& path, const std::string& text, bool sync) {
  const Fd file = open_file(path);
  EXPECT_EQ(::pwrite(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  if (sync) { EXPECT_EQ(::fdatasync(file.get()), 0); }
}
std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FuseDisk, KeepsWhatWasFsyncedAndLosesTheRest) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    write_text(data / "a", "one", true);
    write_text(data / "a", "two", false);
    write_text(data / "b", "new", false);
    EXPECT_EQ(read_text(data / "a"), "two");
    const DiskCounts lost = disk.lose(0, 1);
    EXPECT_EQ(lost.lost_pages, 2U);
    EXPECT_EQ(read_text(data / "a"), "one");
    EXPECT_FALSE(fs::exists(data / "b"));
  });
}

TEST(FuseDisk, TruncatesWhatIsOpenedToBeTruncatedAndALossBringsItBack) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    for (const int create : {0, O_CREAT}) {
      write_text(data / "a", "0123456789", true);
      const Fd file(::open((data / "a").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | create, 0644));
      EXPECT_EQ(::write(file.get(), "ab", 2), 2);
      EXPECT_EQ(read_text(data / "a"), "ab");
      disk.lose(0, 1);
      EXPECT_EQ(read_text(data / "a"), "0123456789");
    }
  });
}

TEST(FuseDisk, UndoesRenamesThatNoFsyncKept) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    write_text(data / "a", "one", true);
    fs::rename(data / "a", data / "b");
    disk.lose(0, 1);
    EXPECT_EQ(read_text(data / "a"), "one");
    fs::rename(data / "a", data / "b");
    const Fd folder(::open(data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_EQ(::fsync(folder.get()), 0);
    disk.lose(0, 1);
    EXPECT_FALSE(fs::exists(data / "a"));
    EXPECT_EQ(read_text(data / "b"), "one");
  });
}

TEST(FuseDisk, GivesTheErrorsThatItIsToldTo) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    write_text(data / "a", "one", true);
    const Fd file = open_file(data / "a");
    disk.set({.fsync_error = 1});
    EXPECT_EQ(::write(file.get(), "x", 1), 1);
    EXPECT_EQ(::fsync(file.get()), -1);
    EXPECT_EQ(errno, EIO);
    disk.set({.full = true});
    EXPECT_EQ(::pwrite(file.get(), "xxxx", 4, 100), -1);
    EXPECT_EQ(errno, ENOSPC);
    disk.set({.write_error = 1});
    EXPECT_EQ(::pwrite(file.get(), "x", 1, 0), -1);
    EXPECT_EQ(errno, EIO);
    disk.set({});
    EXPECT_EQ(::fsync(file.get()), 0);
    const DiskCounts counts = disk.counts();
    EXPECT_EQ(counts.errors, 2U);
    EXPECT_EQ(counts.refused, 1U);
  });
}

TEST(FuseDisk, ASlowFsyncOfOneDelaysNoOther) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    write_text(data / "a", "one", true);
    disk.set({.slow_fsync = milliseconds(300)});
    const Deadline began = Clock::now();
    std::thread other([&] { write_text(data / "b", "two", true); });
    EXPECT_EQ(read_text(data / "a"), "one");
    EXPECT_LT(Clock::now() - began, milliseconds(250));
    other.join();
    EXPECT_GE(Clock::now() - began, milliseconds(300));
  });
}

// A server that begins to write and fsync `file`, over and over.
pid_t start_writer(const fs::path& file) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const Fd fd = open_file(file);
  while (::pwrite(fd.get(), "new", 3, 0) == 3 && ::fsync(fd.get()) == 0) {}
  ::_exit(1);
}

// False when it is not gone in time.
bool kill_and_reap(pid_t child, Nanos patience) {
  ::kill(child, SIGKILL);
  const Deadline end = Clock::now() + patience;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0)
    if (Clock::now() > end) return false;
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool await_waiting(FuseDisk& disk) {
  const Deadline end = Clock::now() + std::chrono::seconds(5);
  while (disk.counts().waiting_fsyncs == 0)
    if (Clock::now() > end) return false;
  return true;
}

TEST(FuseDisk, AServerThatIsKilledInASlowFsyncIsGoneAtOnceAndNothingWasKept) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    write_text(data / "a", "old", true);
    disk.set({.slow_fsync = std::chrono::seconds(60), .flush_every = Nanos{0}});
    const pid_t server = start_writer(data / "a");
    ASSERT_TRUE(await_waiting(disk));
    EXPECT_TRUE(kill_and_reap(server, milliseconds(500)));
    EXPECT_EQ(disk.lose(0, 1).lost_pages, 1U);
    EXPECT_EQ(read_text(data / "a"), "old");
  });
}

TEST(FuseDisk, AHeldFsyncSurvivesSignalsAndEndsWithTheHold) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    disk.hold_fsyncs(std::chrono::seconds(60));
    std::atomic<int> code{7};
    // Go's runtime sends itself signals all the time.
    struct sigaction quiet {};
    quiet.sa_handler = [](int) {};
    ::sigaction(SIGURG, &quiet, nullptr);
    std::jthread server([&] {
      const Fd fd = open_file(data / "a");
      EXPECT_EQ(::pwrite(fd.get(), "new", 3, 0), 3);
      code = ::fsync(fd.get());
    });
    ASSERT_TRUE(await_waiting(disk));
    for (int i = 0; i < 20; ++i) ::pthread_kill(server.native_handle(), SIGURG);
    disk.flush();  // It goes on meanwhile.
    EXPECT_EQ(disk.counts().waiting_fsyncs, 1U);
    EXPECT_EQ(code, 7);
    disk.hold_fsyncs(Nanos{0});
    server.join();
    EXPECT_EQ(code, 0);
    disk.lose(0, 1);
    EXPECT_EQ(read_text(data / "a"), "new");
  });
}

TEST(FuseDisk, TellsOfAnFsyncWhileItGoesOn) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    fs::create_directories(data / "wal");
    write_text(data / "wal" / "0", "old", true);
    std::vector<std::string> told;
    disk.watch_fsyncs([&](const std::string& path) {
      told.push_back(path);
      EXPECT_GT(disk.counts().unsynced_pages, 0U) << "it has not been done yet";
      EXPECT_EQ(disk.counts().waiting_fsyncs, 1U);
    });
    write_text(data / "wal" / "0", "new", true);
    disk.watch_fsyncs({});
    write_text(data / "b", "new", true);
    EXPECT_EQ(told, std::vector<std::string>{"wal/0"});
  });
}

TEST(FuseDisk, AFileWithoutANameIsReadWrittenAndSynced) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk&, const fs::path& data) {
    const Fd file = open_file(data / "a");
    fs::remove(data / "a");
    EXPECT_EQ(::pwrite(file.get(), "new", 3, 0), 3);
    EXPECT_EQ(::fsync(file.get()), 0);
    std::array<char, 3> bytes{};
    EXPECT_EQ(::pread(file.get(), bytes.data(), bytes.size(), 0), 3);
    EXPECT_EQ(std::string(bytes.data(), 3), "new");
  });
}

TEST(FuseDisk, WhoseServerIsGoneSaysSoEachTime) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path&) {
    ::kill(disk.pid(), SIGKILL);
    for (int i = 0; i < 2; ++i) {
      try {
        disk.counts();
        ADD_FAILURE() << "it answered";
      } catch (const EnvironmentError& e) {
        EXPECT_NE(std::string(e.what()).find("is gone: its server killed by SIGKILL"),
                  std::string::npos)
            << e.what();
      }
    }
  });
}

TEST(FuseDisk, MapsFilesIntoMemoryAndServesFallocate) {
  CLEW_NEEDS_FUSE();
  on_a_disk([](FuseDisk& disk, const fs::path& data) {
    const Fd file = open_file(data / "db");
    EXPECT_EQ(::fallocate(file.get(), 0, 0, 1 << 20), 0);
    EXPECT_EQ(::fsync(file.get()), 0);
    void* memory = ::mmap(nullptr, 1 << 20, PROT_READ, MAP_SHARED, file.get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    EXPECT_EQ(::pwrite(file.get(), "hello", 5, 8192), 5);
    EXPECT_EQ(std::string(static_cast<const char*>(memory) + 8192, 5), "hello");
    ::munmap(memory, 1 << 20);
    disk.lose(0, 1);
    EXPECT_EQ(fs::file_size(data / "db"), 1U << 20);
    EXPECT_EQ(read_text(data / "db"), std::string(1 << 20, '\0'));
  });
}

TEST(FuseDisk, ThatIsGoneIsToldAndNothingHangs) {
  CLEW_NEEDS_FUSE();
  const Scratch scratch;
  in_the_sandbox([&] {
    Lab lab(2, scratch.path(), {.lossy_disks = true});
    ASSERT_NE(lab.disk(lab.nodes()[0]), nullptr);
    lab.disk(lab.nodes()[0])->counts();
    // Its server is the only clew-disk that serves this node's folder.
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string command = read_text(entry.path() / "cmdline");
      if (command.find("clew-disk") != std::string::npos &&
          command.find(lab.data_dir(lab.nodes()[0]).string()) != std::string::npos)
        ::kill(std::stoi(entry.path().filename()), SIGKILL);
    }
    EXPECT_THROW(lab.disk(lab.nodes()[0])->counts(), EnvironmentError);
    EXPECT_NO_THROW(lab.disk(lab.nodes()[1])->counts());
  });
}

}  // namespace
}  // namespace clew
