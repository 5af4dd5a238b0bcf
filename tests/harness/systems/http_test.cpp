#include "harness/http.h"

#include <gtest/gtest.h>

#include <future>

#include "harness/base64.h"
#include "harness/dial.h"
#include "tests/support/scripted_server.h"

namespace clew {
namespace {

using Fate = HttpResult::Fate;
using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline in(Nanos patience) { return Clock::now() + patience; }

HttpConnection connect_to(const ScriptedServer& server) {
  std::string why;
  Fd socket = dial_tcp("127.0.0.1", server.port(), in(seconds(5)), why);
  EXPECT_TRUE(socket) << why;
  return {std::move(socket), "127.0.0.1"};
}

// One request of its own connection, answered by `bytes`, then the server closes.
HttpResult answered_by(const std::string& bytes, Nanos patience = seconds(5)) {
  ScriptedServer server(
      [&](const std::string&) { return ScriptedServer::Reply{.bytes = bytes, .close = true}; });
  HttpConnection connection = connect_to(server);
  HttpResult result = connection.post("/", "{}", in(patience));
  EXPECT_EQ(server.requests(), 1);
  EXPECT_FALSE(result.fate == Fate::lost && connection.open()) << "a late answer could be read";
  return result;
}

TEST(Http, AnAnswerIsWhatTheServerSentAndTheConnectionServesOn) {
  std::string seen;
  ScriptedServer server([&](const std::string& request) {
    seen = request;
    return ScriptedServer::Reply{.bytes = http_answer(503, "{\"a\":1}")};
  });
  HttpConnection connection = connect_to(server);
  for (int i = 1; i <= 3; ++i) {
    const HttpResult result = connection.post("/v3/kv/put", "{\"key\":\"YQ==\"}", in(seconds(5)));
    ASSERT_EQ(result.fate, Fate::answered) << result.error;
    EXPECT_EQ(result.status, 503);
    EXPECT_EQ(result.body, "{\"a\":1}");
    EXPECT_EQ(server.requests(), i);
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(seen.rfind("POST /v3/kv/put HTTP/1.1\r\nHost: 127.0.0.1\r\n", 0), 0U) << seen;
  EXPECT_EQ(seen.substr(seen.size() - 14), "{\"key\":\"YQ==\"}");
}

TEST(Http, AnAnswerCutAtAnyByteIsLostAndNeverAskedForAgain) {
  for (const std::string& whole :
       {http_answer(200, "{\"ok\":true}"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
      EXPECT_EQ(answered_by(whole.substr(0, cut)).fate, Fate::lost) << "after " << cut << " bytes";
    EXPECT_EQ(answered_by(whole).fate, Fate::answered);
  }
}

TEST(Http, ChunksAreJoinedHoweverTheyArrive) {
  ScriptedServer server([](const std::string&) {
    return ScriptedServer::Reply{.bytes =
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
                                 .between_bytes = std::chrono::microseconds(200)};
  });
  HttpConnection connection = connect_to(server);
  for (int i = 0; i < 2; ++i) {
    const HttpResult result = connection.post("/", "{}", in(seconds(5)));
    ASSERT_EQ(result.fate, Fate::answered) << result.error;
    EXPECT_EQ(result.body, "abc0123456789");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(Http, ASlowAnswerIsLostAtTheDeadline) {
  ScriptedServer server([](const std::string&) {
    return ScriptedServer::Reply{.bytes = http_answer(200, "{}"),
                                 .between_bytes = milliseconds(20)};
  });
  HttpConnection connection = connect_to(server);
  const auto start = Clock::now();
  const HttpResult result = connection.post("/", "{}", in(milliseconds(150)));
  EXPECT_EQ(result.fate, Fate::lost);
  EXPECT_EQ(result.error, "time out");
  EXPECT_LT(Clock::now() - start, milliseconds(400));
  EXPECT_FALSE(connection.open());
  EXPECT_EQ(server.requests(), 1);
}

TEST(Http, AConnectionThatTheServerClosedMeanwhileIsNoticedBeforeAnythingIsSent) {
  for (const bool reset : {false, true}) {
    ScriptedServer server([&](const std::string&) {
      return ScriptedServer::Reply{.bytes = http_answer(200, "{}"), .close = true, .reset = reset};
    });
    HttpConnection connection = connect_to(server);
    const Fate first = connection.post("/", "{}", in(seconds(5))).fate;
    EXPECT_TRUE(reset || first == Fate::answered);
    ASSERT_TRUE(server.await_closed(1, in(seconds(5))));
    const HttpResult second = connection.post("/", "{}", in(seconds(5)));
    EXPECT_EQ(second.fate, Fate::not_sent);
    EXPECT_FALSE(connection.open());
    EXPECT_EQ(server.requests(), 1);
  }
}

TEST(Http, AServerThatTakesTheRequestAndClosesGetsItOnceOnly) {
  for (const bool reset : {false, true}) {
    int asked = 0;
    ScriptedServer server([&](const std::string&) {
      return ++asked == 1 ? ScriptedServer::Reply{.bytes = http_answer(200, "{}")}
                          : ScriptedServer::Reply{.close = true, .reset = reset};
    });
    HttpConnection connection = connect_to(server);
    ASSERT_EQ(connection.post("/", "{}", in(seconds(5))).fate, Fate::answered);
    EXPECT_EQ(connection.post("/", "{}", in(seconds(5))).fate, Fate::lost);
    ASSERT_TRUE(server.await_closed(1, in(seconds(5))));
    EXPECT_EQ(server.requests(), 2);
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST(Http, StrayBytesAfterAnAnswerEndTheConnectionButNotTheAnswer) {
  ScriptedServer server([](const std::string&) {
    return ScriptedServer::Reply{.bytes = http_answer(200, "one") + http_answer(200, "stray")};
  });
  HttpConnection connection = connect_to(server);
  EXPECT_EQ(connection.post("/", "{}", in(seconds(5))).body, "one");
  const HttpResult second = connection.post("/", "{}", in(seconds(5)));
  EXPECT_EQ(second.fate, Fate::not_sent) << second.body << " is the answer to nobody";
  EXPECT_EQ(server.requests(), 1);
}

TEST(Http, ARequestWithoutTimeLeftIsNotSent) {
  ScriptedServer server([](const std::string&) { return ScriptedServer::Reply{}; });
  HttpConnection connection = connect_to(server);
  EXPECT_EQ(connection.post("/", "{}", Clock::now()).fate, Fate::not_sent);
  EXPECT_EQ(server.requests(), 0);
}

TEST(Http, ARequestThatCannotLeaveWholeIsLost) {
  // While the server is busy with the first request, the second is never read.
  std::promise<void> enough;
  ScriptedServer server([done = enough.get_future().share()](const std::string&) {
    done.wait();
    return ScriptedServer::Reply{.close = true};
  });
  HttpConnection busy = connect_to(server);
  EXPECT_EQ(busy.post("/", "{}", in(milliseconds(200))).fate, Fate::lost);
  HttpConnection connection = connect_to(server);
  const std::string huge(64U << 20, ' ');
  const HttpResult result = connection.post("/", huge, in(milliseconds(500)));
  EXPECT_EQ(result.fate, Fate::lost);
  EXPECT_EQ(result.error, "time out while sending");
  EXPECT_FALSE(connection.open());
  enough.set_value();
}

TEST(Http, ConnectionCloseIsObeyed) {
  ScriptedServer server([](const std::string&) {
    return ScriptedServer::Reply{
        .bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"};
  });
  HttpConnection connection = connect_to(server);
  EXPECT_EQ(connection.post("/", "{}", in(seconds(5))).fate, Fate::answered);
  EXPECT_FALSE(connection.open());
}

class MalformedAnswer : public ::testing::TestWithParam<std::string> {};

TEST_P(MalformedAnswer, IsLost) {
  const HttpResult result = answered_by(GetParam());
  EXPECT_EQ(result.fate, Fate::lost) << result.status << " " << result.body;
  EXPECT_EQ(result.error.rfind("malformed answer: ", 0), 0U) << result.error;
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, MalformedAnswer,
    ::testing::Values(
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 2000\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n1",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc0\r\n\r\n",
        std::string(200'000, 'a'), "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'a'),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(200'000, '0')));

TEST(Base64, KnowsTheVectorsOfItsStandard) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded), plain);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(base64_decode(base64_encode(all)), all);
}

TEST(Base64, WhatIsNoneIsNotDecoded) {
  for (const char* text : {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Z=g=", "Zm9-"})
    EXPECT_FALSE(base64_decode(text)) << text;
}

}  // namespace
}  // namespace clew
