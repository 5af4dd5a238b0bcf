#include "harness/http.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>

#include "tests/support/http_server.h"

namespace clew {
namespace {

using namespace std::chrono_literals;
using testing::HttpServer;
using testing::Peer;
using Fate = HttpResult::Fate;

constexpr std::string_view plain =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
constexpr std::string_view chunked =
    "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";

Deadline soon() { return Clock::now() + 3s; }

HttpConnection connect(const HttpServer& server, HttpLimits limits = {}) {
  return HttpConnection(server.dial(), "127.0.0.1", limits);
}

// Waits for the peer's FIN or RST, which the kernel may deliver a moment after close().
void await_readable(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&entry, 1, 3000), 1);
}

// What a client makes of a server that reads one request, sends `bytes`, and closes.
HttpResult after(std::string bytes, HttpLimits limits = {}) {
  const HttpServer server([&bytes](Peer& peer) {
    if (!peer.read_request()) return;
    peer.send(bytes);
  });
  auto connection = connect(server, limits);
  return connection.post("/v3/kv/put", "{}", soon());
}

TEST(Http, APostCarriesPathHostTypeAndBody) {
  const HttpServer server([](Peer& peer) {
    peer.read_request();
    peer.send(plain);
    peer.await_close();
  });
  auto connection = connect(server);
  const auto result = connection.post("/v3/kv/put", "{\"k\":2}", soon());
  ASSERT_EQ(result.fate, Fate::answered) << result.error;
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, "{\"a\":1}");
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0],
            "POST /v3/kv/put HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            "Content-Length: 7\r\n\r\n{\"k\":2}");
}

TEST(Http, ManyRequestsShareOneConnection) {
  const HttpServer server([](Peer& peer) {
    for (int i = 0; peer.read_request(); ++i) peer.send(i % 2 == 0 ? plain : chunked);
  });
  auto connection = connect(server);
  for (int i = 0; i < 20; ++i) {
    const auto result = connection.get("/health", soon());
    ASSERT_EQ(result.fate, Fate::answered) << result.error;
    EXPECT_EQ(result.body, i % 2 == 0 ? "{\"a\":1}" : "hello world");
    EXPECT_EQ(result.status, i % 2 == 0 ? 200 : 503);
    ASSERT_TRUE(connection.open());
  }
  EXPECT_EQ(server.requests().size(), 20U);
}

TEST(Http, AnAnswerThatComesByteByByteIsWhole) {
  const HttpServer server([](Peer& peer) {
    peer.read_request();
    for (const char c : chunked) {
      peer.send({&c, 1});
      std::this_thread::sleep_for(1ms);  // So that bytes really come one by one.
    }
    peer.await_close();
  });
  auto connection = connect(server);
  const auto result = connection.get("/", soon());
  ASSERT_EQ(result.fate, Fate::answered) << result.error;
  EXPECT_EQ(result.body, "hello world");
}

TEST(Http, AnAnswerCutAtAnyByteIsLost) {
  for (const std::string_view whole : {plain, chunked}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      const auto result = after(std::string(whole.substr(0, cut)));
      ASSERT_EQ(result.fate, Fate::lost) << "cut at " << cut;
      EXPECT_EQ(result.error, cut == 0 ? "connection closed before the answer"
                                       : "connection closed in the middle of the answer");
    }
    EXPECT_EQ(after(std::string(whole)).fate, Fate::answered);
  }
}

TEST(Http, AnAnswerThatIsNotHttpIsLost) {
  const std::vector<std::string> garbage{
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n" + std::string(plain),
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      "HTTP/1.1 200 OK\r\n\r\nno length",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\na",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
      "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabcd\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabcd\r\n",
  };
  for (const auto& bytes : garbage) {
    const auto result = after(bytes);
    EXPECT_EQ(result.fate, Fate::lost) << bytes;
    EXPECT_NE(result.error.find("malformed answer"), std::string::npos)
        << bytes << " gave " << result.error;
  }
}

TEST(Http, GarbageInAnErrorTextIsPrintable) {
  const auto result = after("\x1b[31m\x01\xff\r\n");
  for (const char c : result.error) EXPECT_TRUE(c >= ' ' && c <= '~') << result.error;
}

TEST(Http, AnAnswerWithoutABodyNeedsNoLength) {
  const auto result = after("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(result.fate, Fate::answered) << result.error;
  EXPECT_EQ(result.status, 204);
}

TEST(Http, AHeaderOrBodyBeyondItsLimitIsRefused) {
  const HttpLimits small{.header_bytes = 100, .body_bytes = 10};
  const std::string fits = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
  EXPECT_EQ(after(fits, small).fate, Fate::answered);
  for (const std::string& bytes : std::initializer_list<std::string>{
           "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890",
           "HTTP/1.1 200 OK\r\nX: " + std::string(200, 'x') + "\r\nContent-Length: 1\r\n\r\na",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
           "chunked\r\n\r\n6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + std::string(200, 'x'),
       }) {
    const auto result = after(bytes, small);
    EXPECT_EQ(result.fate, Fate::lost) << bytes;
    EXPECT_NE(result.error.find("too long"), std::string::npos) << result.error;
  }
}

TEST(Http, AServerThatNeverStopsSendingIsCutOff) {
  const HttpServer server([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100'000; ++i) peer.send("400\r\n" + std::string(1024, 'x') + "\r\n");
  });
  auto connection = connect(server);
  const auto result = connection.get("/", soon());
  EXPECT_EQ(result.fate, Fate::lost);
  EXPECT_NE(result.error.find("too long"), std::string::npos) << result.error;
}

TEST(Http, ASilentServerCostsTheDeadlineAndTheConnection) {
  const HttpServer server([](Peer& peer) {
    peer.read_request();
    peer.await_close();
  });
  auto connection = connect(server);
  const auto begin = Clock::now();
  const auto result = connection.get("/", begin + 100ms);
  EXPECT_GE(Clock::now(), begin + 100ms);
  EXPECT_LT(Clock::now(), begin + 2s);
  EXPECT_EQ(result.fate, Fate::lost);
  EXPECT_EQ(result.error, "timed out waiting for the answer");
  EXPECT_FALSE(connection.open());
}

TEST(Http, ARequestThatFindsNoTimeLeftIsNotSent) {
  const HttpServer server([](Peer& peer) { peer.read_request(); });
  auto connection = connect(server);
  const auto result = connection.get("/", Clock::now() - 1s);
  EXPECT_EQ(result.fate, Fate::not_sent);
}

TEST(Http, ABodyTheServerDoesNotReadIsLostAtTheDeadline) {
  std::promise<void> done;
  const HttpServer server([&done](Peer&) { done.get_future().wait(); });
  auto connection = connect(server);
  const std::string more_than_buffers_take(48U << 20, 'x');
  const auto result = connection.post("/", more_than_buffers_take, Clock::now() + 1s);
  EXPECT_EQ(result.fate, Fate::lost);
  EXPECT_EQ(result.error, "timed out while sending");
  done.set_value();
}

TEST(Http, AConnectionTheServerClosedWhileIdleSendsNothing) {
  for (const bool with_reset : {false, true}) {
    const HttpServer server([with_reset](Peer& peer) {
      if (!peer.read_request()) return;
      peer.send(plain);
      if (with_reset) peer.reset();
    });
    Fd fd = server.dial();
    const int raw = fd.get();
    HttpConnection connection(std::move(fd), "127.0.0.1");
    ASSERT_EQ(connection.get("/1", soon()).fate, Fate::answered);
    ASSERT_TRUE(connection.open());
    await_readable(raw);
    const auto result = connection.post("/2", "{}", soon());
    EXPECT_EQ(result.fate, Fate::not_sent);
    EXPECT_FALSE(connection.open());
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST(Http, AConnectionClosedAfterTheRequestLeftIsLostAndTheRequestIsNotSentAgain) {
  const HttpServer server([](Peer& peer) {
    if (!peer.read_request()) return;
    peer.send(plain);
    peer.read_request();  // Answers the first only: what makes libcurl send the second anew.
  });
  auto connection = connect(server);
  ASSERT_EQ(connection.post("/1", "{}", soon()).fate, Fate::answered);
  const auto result = connection.post("/2", "{}", soon());
  EXPECT_EQ(result.fate, Fate::lost);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Http, ALateAnswerIsNotTakenForTheNextRequests) {
  const HttpServer server([](Peer& peer) {
    peer.read_request();
    peer.send(std::string(plain) + std::string(plain));  // One answer too many.
    peer.await_close();
  });
  auto connection = connect(server);
  ASSERT_EQ(connection.get("/1", soon()).fate, Fate::answered);
  if (!connection.open()) return;  // Both came at once: seen at once.
  EXPECT_EQ(connection.get("/2", soon()).fate, Fate::not_sent);
}

TEST(Http, AServerThatSaysCloseIsTakenAtItsWord) {
  for (const std::string bytes :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"}) {
    const HttpServer server([&bytes](Peer& peer) {
      peer.read_request();
      peer.send(bytes);
      peer.await_close();
    });
    auto connection = connect(server);
    EXPECT_EQ(connection.get("/", soon()).fate, Fate::answered);
    EXPECT_FALSE(connection.open());
  }
}

}  // namespace
}  // namespace clew
