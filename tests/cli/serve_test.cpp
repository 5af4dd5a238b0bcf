// clew serve, as browsers and as those who mean harm talk to it: the real program, real sockets.

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "harness/dial.h"
#include "reports/serve/sha256.h"
#include "tests/cli/command.h"
#include "tests/support/sample_results.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

using testing::whole;

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

// Looks again and again until then; false when the deadline came first.
template <class Condition>
bool until(Nanos patience, Condition condition) {
  for (const Deadline deadline = Clock::now() + patience; Clock::now() < deadline;
       std::this_thread::sleep_for(std::chrono::milliseconds(20)))
    if (condition()) return true;
  return condition();
}

std::unique_ptr<Process> spawn(std::vector<std::string> words, const fs::path& log) {
  words.insert(words.begin(), CLEW_BINARY);
  SpawnOptions options{.argv = std::move(words)};
  for (const char* name : {"PATH", "HOME", "CLEW_CACHE", "XDG_CACHE_HOME"})
    if (const char* value = std::getenv(name))
      options.env.push_back(std::string(name) + "=" + value);
  options.log = log;
  return std::make_unique<Process>(options);
}

class ServeTest : public ::testing::Test {
 protected:
  void serve() {
    server_ = spawn({"serve", "--port", "0", "--store", store().string()}, folder_.path() / "said");
    const std::string before = "http://127.0.0.1:";
    ASSERT_TRUE(until(std::chrono::seconds(20), [&] {
      return whole(folder_.path() / "said").ends_with("/\n");
    })) << whole(folder_.path() / "said");
    const std::string said = whole(folder_.path() / "said");
    ASSERT_TRUE(said.starts_with(before)) << said;
    std::from_chars(said.data() + before.size(), said.data() + said.size(), port_);
  }

  Fd dial() const {
    int error = 0;
    return dial_tcp("127.0.0.1", port_, Clock::now() + std::chrono::seconds(5), error);
  }

  static void send(const Fd& fd, std::string_view bytes) {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  // All that comes until the server closes.
  static std::string hear(const Fd& fd, Nanos patience = std::chrono::seconds(20)) {
    std::string heard;
    const Deadline deadline = Clock::now() + patience;
    while (left(deadline) > Nanos{0}) {
      pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
      if (::poll(&entry, 1, 50) <= 0) continue;
      char bytes[65536];
      const ssize_t n = ::recv(fd.get(), bytes, sizeof bytes, 0);
      if (n <= 0) return heard;
      heard.append(bytes, static_cast<std::size_t>(n));
    }
    ADD_FAILURE() << "the server did not close";
    return heard;
  }

  std::string tell(const std::string& bytes) const {
    const Fd fd = dial();
    send(fd, bytes);
    return hear(fd);
  }
  std::string ask(const std::string& target, const std::string& method = "GET") const {
    return tell(method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) +
                "\r\n\r\n");
  }
  static int status(const std::string& answer) {
    return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  // A finished run, as its results say.
  fs::path add(const std::string& name, const std::string& stamp, const Results& results) const {
    const fs::path run = store() / name / stamp;
    write(run / "results.json", results_to_json(results));
    return run;
  }
  fs::path store() const { return folder_.path() / "store"; }

  TemporaryFolder folder_;
  std::unique_ptr<Process> server_;
  std::uint16_t port_ = 0;
};

constexpr const char* stamp = "20261123T010203.000Z";

TEST_F(ServeTest, AllRunsAreListedAndFilteredByTheAddress) {
  add("good", stamp, samples::valid());
  add("bad", stamp, samples::invalid());
  add("late", stamp, samples::unknown());
  serve();
  const std::string all = ask("/");
  EXPECT_EQ(status(all), 200);
  for (const char* part : {"3 runs", "/run/good/20261123T010203.000Z/", "LINEARIZABLE",
                           "NOT LINEARIZABLE", "UNKNOWN", "2026-11-23 01:02:03"})
    EXPECT_TRUE(has(all, part)) << part;
  const std::string bad = ask("/?verdict=violation");
  EXPECT_TRUE(has(bad, "1 run of 3"));
  EXPECT_TRUE(has(bad, "/run/bad/"));
  EXPECT_FALSE(has(bad, "/run/good/"));
  EXPECT_TRUE(has(ask("/?q=LATE"), "1 run of 3"));
  EXPECT_TRUE(has(ask("/?system=no-such"), "0 runs of 3"));
  const std::string up = ask("/?sort=run");
  const std::string down = ask("/?sort=-run");
  EXPECT_LT(up.find("/run/bad/"), up.find("/run/late/"));
  EXPECT_GT(down.find("/run/bad/"), down.find("/run/late/"));
}

TEST_F(ServeTest, ChangedResultsAreSeenAndHalfWrittenOnesAreSaidToBeSo) {
  const fs::path run = add("job", stamp, samples::valid());
  serve();
  EXPECT_TRUE(has(ask("/"), "v-valid"));
  const std::string text = results_to_json(samples::invalid());
  write(run / "results.json", text.substr(0, text.size() / 2));
  EXPECT_TRUE(has(ask("/"), "! damaged"));
  write(run / "results.json", text);
  EXPECT_TRUE(has(ask("/"), "v-violation"));
  fs::remove(run / "results.json");
  EXPECT_TRUE(has(ask("/"), "! damaged"));  // There is no run.json either.
}

TEST_F(ServeTest, NoAddressLeadsOutOfTheStore) {
  const fs::path run = add("job", stamp, samples::valid());
  write(folder_.path() / "secret", "SECRET");
  fs::create_symlink(folder_.path() / "secret", run / "link");
  fs::create_symlink(folder_.path(), run / "folder");
  fs::create_symlink(folder_.path(), store() / "outside");
  ASSERT_EQ(::mkfifo((run / "pipe").c_str(), 0600), 0);
  serve();
  const std::string here = "/run/job/" + std::string(stamp);
  EXPECT_EQ(status(ask(here + "/results.json")), 200);
  for (const std::string& target :
       {here + "/link", here + "/folder/secret", here + "/folder/", here + "/../../../secret",
        here + "/..%2f..%2f..%2fsecret", here + "/%2e%2e/%2e%2e/%2e%2e/secret",
        here + "/%252e%252e/secret", here + "//secret", here + "/link%00.json", here + "/pipe",
        std::string("/run/outside/store/"), std::string("/run/../"), std::string("/run/%2e%2e/x"),
        std::string("/live/..%2f/x/"), "/compare?run=../secret&run=job/" + std::string(stamp)}) {
    const std::string answer = ask(target);
    EXPECT_EQ(status(answer), 404) << target;
    EXPECT_FALSE(has(answer, "SECRET")) << target;
  }
}

TEST_F(ServeTest, OnlyItsOwnNameAndOnlyReadingIsAnswered) {
  serve();
  const std::string port = std::to_string(port_);
  const auto with_host = [&](const std::string& line) {
    return status(tell("GET / HTTP/1.1\r\n" + line + "\r\n"));
  };
  EXPECT_EQ(with_host("Host: localhost:" + port + "\r\n"), 200);
  EXPECT_EQ(with_host("Host: evil.example:" + port + "\r\n"), 421);
  EXPECT_EQ(with_host("Host: 127.0.0.1.evil.example:" + port + "\r\n"), 421);
  EXPECT_EQ(with_host("Host: 127.0.0.1\r\n"), 421);
  EXPECT_EQ(with_host(""), 400);
  EXPECT_EQ(with_host("Host: 127.0.0.1:" + port + "\r\nHost: evil.example\r\n"), 400);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"})
    EXPECT_EQ(status(ask("/", method)), 405) << method;
  const std::string head = ask("/", "HEAD");
  EXPECT_EQ(status(head), 200);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_EQ(status(tell(std::string("\x16\x03\x01\r\n\r\n"))), 400);
  EXPECT_EQ(status(tell("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n")), 431);
}

TEST_F(ServeTest, WhoStaysSilentKeepsNobodyElseWaitingAndIsSentAway) {
  serve();
  std::vector<Fd> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(dial());
  send(silent.front(), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(status(ask("/")), 200);
  EXPECT_EQ(hear(silent.front()), "");
}

TEST_F(ServeTest, WhatAHostileSystemSaidStaysText) {
  Results hostile = samples::hostile();
  const fs::path run = add("hostile", stamp, hostile);
  add("hostile", "20261123T010204.000Z", hostile);
  write(run / "nodes" / "n1" / "evil.html", "<script>alert(1)</script>");
  write(run / "<img src=x onerror=alert(1)>", "x");
  serve();
  const std::string query =
      "?verdict=%22%3E%3Cscript%3Ealert(1)%3C/"
      "script%3E&q=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E";
  const std::string name = "run=hostile%2F" + std::string(stamp);
  for (const std::string& target :
       {std::string("/"), "/" + query, "/run/hostile/" + std::string(stamp) + "/",
        "/trend" + query + "&name=%3Cscript%3E", "/compare?" + name + "&" + name}) {
    const std::string answer = ask(target);
    EXPECT_FALSE(has(answer, "<script")) << target;
    EXPECT_FALSE(has(answer, "<img")) << target;
    EXPECT_TRUE(has(answer, "Content-Security-Policy: default-src 'none'")) << target;
    EXPECT_TRUE(has(answer, "X-Content-Type-Options: nosniff")) << target;
    EXPECT_FALSE(has(answer, "unsafe-inline")) << target;
  }
  const std::string page = ask("/run/hostile/" + std::string(stamp) + "/nodes/n1/evil.html");
  EXPECT_TRUE(has(page, "Content-Type: text/plain"));
  EXPECT_TRUE(has(page, "sandbox"));
}

TEST_F(ServeTest, TheTrendTellsTheRateAndTwoRunsAreComparedSideBySide) {
  Results good = samples::valid();
  Results bad = samples::invalid();
  bad.system = good.system;
  bad.workload = good.workload;
  bad.nemesis = good.nemesis;
  for (int i = 10; i < 45; ++i)
    add("job", "202611" + std::to_string(i) + "T000000.000Z", i == 44 ? bad : good);
  serve();
  const std::string all = ask("/");
  const std::size_t at = all.find("/trend?");
  ASSERT_NE(at, std::string::npos);
  std::string link = all.substr(at, all.find('"', at) - at);
  for (std::size_t amp; (amp = link.find("&amp;")) != std::string::npos;) link.replace(amp, 5, "&");
  const std::string trend = ask(link);
  EXPECT_TRUE(has(trend, "The last 30 runs"));
  EXPECT_TRUE(has(trend, "Violations: 1 of 30, 3.3 % [0.6 %, 16.7 %]"))
      << trend.substr(trend.find("<main"));
  EXPECT_TRUE(has(trend, "<polyline"));
  const std::string both =
      ask("/compare?run=job%2F20261143T000000.000Z&run=job%2F20261144T000000.000Z");
  EXPECT_EQ(status(both), 200);
  EXPECT_TRUE(has(both, "NOT LINEARIZABLE"));
  EXPECT_TRUE(has(both, "× 1.00"));
  EXPECT_EQ(status(ask("/compare?run=job%2F20261143T000000.000Z")), 400);
}

TEST_F(ServeTest, AThousandRunsAreReadOnceAndThenRemembered) {
  const Results results = samples::valid();
  const std::string text = results_to_json(results);
  for (int i = 0; i < 1000; ++i)
    write(store() / "job" / ("run" + std::to_string(1000 + i)) / "results.json", text);
  serve();
  EXPECT_TRUE(has(ask("/"), "1,000 runs"));
  const Deadline began = Clock::now();
  EXPECT_TRUE(has(ask("/?page=10"), "page 10 of 10"));
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(1));
}

TEST_F(ServeTest, EndsCleanlyWhenInterruptedWhileSomebodyIsConnected) {
  serve();
  const Fd fd = dial();
  server_->signal(SIGINT);
  ASSERT_TRUE(server_->await(Life::gone, Clock::now() + std::chrono::seconds(10)));
  EXPECT_TRUE(has(server_->status().ending, "exited with 0")) << server_->status().ending;
}

TEST_F(ServeTest, ARunOfARealClusterIsWatchedAndLeadsToItsReport) {
  serve();
  const auto run = spawn({"test", "etcd", "--nodes", "3", "--time-limit", "4s", "--nemesis", "kill",
                          "--store", store().string()},
                         folder_.path() / "run");
  const auto gone = [&] { return run->status().life == Life::gone; };
  std::string link;
  std::string page;
  until(std::chrono::seconds(60), [&] {
    const std::string all = ask("/");
    const std::size_t at = all.find("/live/");
    if (at != std::string::npos) link = all.substr(at, all.find('"', at) - at);
    if (!link.empty()) page = ask(link);
    return gone() || has(page, "ok operations a second");
  });
  if (link.empty()) GTEST_SKIP() << whole(folder_.path() / "run");
  EXPECT_TRUE(has(page, "▸ RUNNING"));
  EXPECT_TRUE(has(page, "ok operations a second"));
  EXPECT_TRUE(has(page, "judged, no violation"));
  ASSERT_TRUE(until(std::chrono::seconds(60), gone));
  const std::string end = ask(link);
  EXPECT_EQ(status(end), 303);
  EXPECT_TRUE(has(end, "/report.html\r\n"));
  EXPECT_FALSE(fs::exists(store() / "latest" / "live.json"));
}

TEST(Sha256, IsThatOfTheStandard) {
  const auto hex = [](const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      out += "0123456789abcdef"[byte >> 4U];
      out += "0123456789abcdef"[byte & 15U];
    }
    return out;
  };
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

}  // namespace
}  // namespace clew
