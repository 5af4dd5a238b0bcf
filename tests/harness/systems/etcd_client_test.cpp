// The client of etcd against a server that answers what the test wants: what no healthy etcd
// would say, or not on demand.

#include "harness/systems/etcd_client.h"

#include <gtest/gtest.h>

#include <array>

#include "harness/base64.h"
#include "harness/error.h"
#include "harness/systems/etcd_errors.h"
#include "tests/support/http_server.h"

namespace clew {
namespace {

using namespace std::chrono_literals;
using testing::HttpServer;
using testing::Peer;

// One node, which is a socket of ours.
class OneServer final : public Cluster {
 public:
  explicit OneServer(const HttpServer* server) : server_(server) {}
  std::span<const Node> nodes() const override { return nodes_; }
  std::filesystem::path data_dir(const Node& /*node*/) const override { return {}; }
  std::filesystem::path log_file(const Node& /*node*/) const override { return {}; }
  void start(const Node& /*node*/, const Command& /*command*/) override {}
  void signal(const Node& /*node*/, int /*signal_number*/) override {}
  ProcessStatus status(const Node& /*node*/) const override { return {}; }
  bool await(const Node& /*node*/, Life /*wanted*/, Deadline /*deadline*/) const override {
    return false;
  }
  Fd dial(const Node& /*node*/, std::uint16_t /*port*/, Deadline /*deadline*/,
          std::string& why) override {
    ++dials;
    if (server_ != nullptr) return server_->dial();
    why = "connection refused";
    return {};
  }
  Network* network() override { return nullptr; }

  int dials = 0;

 private:
  const HttpServer* server_;
  std::array<Node, 1> nodes_{{{.id = 1, .name = "n1", .address = "127.0.0.1"}}};
};

std::string answer(std::string_view body, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

Op read() { return {.f = "read", .key = "k"}; }
Op write(std::int64_t value) { return {.f = "write", .key = "k", .value = value}; }
Op cas(std::int64_t from, std::int64_t to) {
  return {.f = "cas", .key = "k", .value = Value::List{from, to}};
}

// What `op` comes to when the server answers it with `bytes` and then closes.
Completion after(const Op& op, std::string_view bytes, Nanos patience = 3s) {
  const HttpServer server([bytes](Peer& peer) {
    if (peer.read_request()) peer.send(bytes);
  });
  OneServer cluster(&server);
  EtcdClient client(cluster, cluster.nodes()[0], {});
  return client.invoke(op, Clock::now() + patience);
}

std::string kv(std::string_view key, std::string_view value) {
  return R"({"header":{"revision":"7"},"kvs":[{"key":")" + base64_encode(key) + R"(","value":")" +
         base64_encode(value) + R"("}],"count":"1"})";
}

TEST(EtcdClient, AReadReturnsTheNumberThatIsThere) {
  EXPECT_EQ(after(read(), answer(kv("clew/k", "42"))).value, Value(42));
  EXPECT_EQ(after(read(), answer(kv("clew/k", "-9223372036854775808"))).value,
            Value(std::numeric_limits<std::int64_t>::min()));
  const auto missing = after(read(), answer(R"({"header":{"revision":"7"}})"));
  EXPECT_EQ(missing.kind, Kind::ok);
  EXPECT_TRUE(missing.value.is_nil());
}

TEST(EtcdClient, BytesThatNobodyWroteAreShownToTheChecker) {
  for (const std::string bytes : {"042", "+1", "1 ", "", "9223372036854775808", "x"}) {
    const auto done = after(read(), answer(kv("clew/k", bytes)));
    EXPECT_EQ(done.kind, Kind::ok) << bytes << done.error;
    EXPECT_EQ(done.value, Value(bytes));
  }
}

TEST(EtcdClient, AReadThatWasNotUnderstoodFails) {
  for (const std::string& body :
       {std::string(R"({"header":{},"kvs":[{"key":"Y2xldy9r","value":"M!=="}]})"),
        std::string(R"({"header":{},"kvs":[{"key":"Y2xldy9r","value":1}]})"),
        std::string(R"({"header":{},"kvs":[1]})"), std::string(R"({"header":{},"kvs":{}})"),
        std::string(R"({"header":{},"kvs":[{},{}]})"), kv("clew/other", "42"), std::string("{}"),
        std::string("[]"), std::string("nonsense"), std::string()}) {
    const auto done = after(read(), answer(body));
    EXPECT_EQ(done.kind, Kind::fail) << body;
    EXPECT_FALSE(done.error.empty());
  }
}

TEST(EtcdClient, AnAcknowledgementThatIsNotEtcdsIsInfo) {
  for (const char* body : {"{}", "[]", "", "true", "<html>hello</html>", R"({"header":)"}) {
    EXPECT_EQ(after(write(1), answer(body)).kind, Kind::info) << body;
    EXPECT_EQ(after(cas(1, 2), answer(body)).kind, Kind::info) << body;
  }
  EXPECT_EQ(after(cas(1, 2), answer(R"({"header":{},"succeeded":"yes"})")).kind, Kind::info);
}

TEST(EtcdClient, ACasIsOkOrRefusedByItsCompare) {
  const auto taken = after(cas(1, 2), answer(R"({"header":{"revision":"7"},"succeeded":true})"));
  EXPECT_EQ(taken.kind, Kind::ok);
  EXPECT_EQ(taken.value, Value(Value::List{1, 2}));
  for (const char* body : {R"({"header":{}})", R"({"header":{},"succeeded":false})"}) {
    const auto refused = after(cas(1, 2), answer(body));
    EXPECT_EQ(refused.kind, Kind::fail);
    EXPECT_EQ(refused.error, compare_failed);
  }
}

TEST(EtcdClient, EachErrorMeansToAMutationWhatTheTableSays) {
  for (const EtcdError& row : etcd_errors()) {
    const std::string text(row.message);
    const std::string bytes = answer(R"({"error":")" + text + R"(","message":")" + text +
                                         R"(","code":)" + std::to_string(row.code) + "}",
                                     "503 Service Unavailable");
    const Kind kind = row.definite ? Kind::fail : Kind::info;
    for (const Op& op : {write(1), cas(1, 2)}) {
      const auto done = after(op, bytes);
      EXPECT_EQ(done.kind, kind) << text;
      EXPECT_EQ(done.error, text);
    }
    EXPECT_EQ(after(read(), bytes).kind, Kind::fail) << text;
  }
}

TEST(EtcdClient, AnErrorWithoutReasonIsInfoToAMutation) {
  for (const char* body : {"", "Service Unavailable", "{}", R"({"message":7,"code":"3"})"}) {
    const auto done = after(write(1), answer(body, "503 Service Unavailable"));
    EXPECT_EQ(done.kind, Kind::info) << body;
    EXPECT_EQ(done.error, "HTTP 503");
  }
}

TEST(EtcdClient, ALockIsHeldUnderALeaseAndReleasedByItsKey) {
  const HttpServer server([](Peer& peer) {
    for (const char* reply : {R"({"header":{},"ID":"77","TTL":"5"})",
                              R"({"header":{},"key":"bG9jay83Nw=="})", R"({"header":{}})"}) {
      if (!peer.read_request()) return;
      peer.send(answer(reply));
    }
  });
  OneServer cluster(&server);
  EtcdClient client(cluster, cluster.nodes()[0], {});
  EXPECT_EQ(client.invoke({.f = "acquire", .key = "k"}, Clock::now() + 3s).kind, Kind::ok);
  EXPECT_EQ(client.invoke({.f = "release", .key = "k"}, Clock::now() + 3s).kind, Kind::ok);
  const auto asked = server.requests();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_NE(asked[1].find(R"("lease":"77")"), std::string::npos) << asked[1];
  EXPECT_NE(asked[2].find(R"("key":"bG9jay83Nw==")"), std::string::npos) << asked[2];
}

TEST(EtcdClient, WithoutALeaseNothingWasAcquiredAndALostReleaseIsInfo) {
  EXPECT_EQ(after({.f = "acquire", .key = "k"}, answer("{}", "503 Unavailable")).kind, Kind::fail);
  EXPECT_EQ(after({.f = "release", .key = "k"}, "").kind, Kind::info);
}

TEST(EtcdClient, ARefusedConnectionFailsEverything) {
  OneServer nobody(nullptr);
  for (const Op& op : {read(), write(1), cas(1, 2)}) {
    EtcdClient client(nobody, nobody.nodes()[0], {});
    const auto done = client.invoke(op, Clock::now() + 1s);
    EXPECT_EQ(done.kind, Kind::fail);
    EXPECT_EQ(done.error, "connection refused");
  }
}

TEST(EtcdClient, ASilentServerMakesAMutationInfoAndAReadFail) {
  const HttpServer server([](Peer& peer) {
    peer.read_request();
    peer.await_close();
  });
  OneServer cluster(&server);
  for (const Op& op : {read(), write(1), cas(1, 2)}) {
    EtcdClient client(cluster, cluster.nodes()[0], {});
    const auto done = client.invoke(op, Clock::now() + 50ms);
    EXPECT_EQ(done.kind, op.f == "read" ? Kind::fail : Kind::info) << op.f;
  }
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(EtcdClient, AnAnswerThatIsCutMakesAMutationInfoAndIsNotAskedForAgain) {
  const std::string whole = answer(R"({"header":{"revision":"7"}})");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const HttpServer server([&](Peer& peer) {
      if (peer.read_request()) peer.send(std::string_view(whole).substr(0, cut));
    });
    OneServer cluster(&server);
    EtcdClient client(cluster, cluster.nodes()[0], {});
    ASSERT_EQ(client.invoke(write(1), Clock::now() + 3s).kind, Kind::info) << cut;
    ASSERT_EQ(server.requests().size(), 1U) << cut;
  }
}

// What libcurl does here is to send the second request once more, on a new connection.
TEST(EtcdClient, ARequestLostOnAConnectionThatServedBeforeIsNotAskedForAgain) {
  for (const Op& op : {read(), write(1), cas(1, 2)}) {
    const HttpServer server([](Peer& peer) {
      if (!peer.read_request()) return;
      peer.send(answer(R"({"header":{"revision":"7"}})"));
      peer.read_request();
    });
    OneServer cluster(&server);
    EtcdClient client(cluster, cluster.nodes()[0], {});
    ASSERT_EQ(client.invoke(write(0), Clock::now() + 3s).kind, Kind::ok);
    EXPECT_EQ(client.invoke(op, Clock::now() + 3s).kind, op.f == "read" ? Kind::fail : Kind::info);
    EXPECT_EQ(server.requests().size(), 2U) << op.f;
    EXPECT_EQ(cluster.dials, 1) << op.f;
  }
}

TEST(EtcdClient, AfterAReadTimedOutTheNextRequestHasAConnectionOfItsOwn) {
  std::atomic<int> connections = 0;
  const HttpServer server([&](Peer& peer) {
    if (!peer.read_request()) return;
    if (connections++ == 0) {
      peer.await_close();  // Would have been the answer to the first read.
      peer.send(answer(kv("clew/k", "1")));
    } else {
      peer.send(answer(kv("clew/k", "2")));
      peer.await_close();
    }
  });
  OneServer cluster(&server);
  EtcdClient client(cluster, cluster.nodes()[0], {});
  EXPECT_EQ(client.invoke(read(), Clock::now() + 50ms).kind, Kind::fail);
  EXPECT_EQ(client.invoke(read(), Clock::now() + 3s).value, Value(2));
  EXPECT_EQ(cluster.dials, 2);
}

TEST(EtcdClient, AConnectionClosedWhileIdleIsReplacedBeforeAnythingIsSent) {
  const HttpServer server([](Peer& peer) {
    if (peer.read_request()) peer.send(answer(R"({"header":{"revision":"7"}})"));
    peer.close();
  });
  OneServer cluster(&server);
  EtcdClient client(cluster, cluster.nodes()[0], {});
  std::size_t unknown = 0;
  for (int i = 0; i < 50; ++i) {
    const auto done = client.invoke(write(i), Clock::now() + 3s);
    // The close may also come after our look: then the write is info, and only then.
    if (done.kind != Kind::ok) ++unknown;
    EXPECT_NE(done.kind, Kind::fail) << done.error;
  }
  EXPECT_LE(server.requests().size(), 50U);  // Never two for one call.
  EXPECT_GE(server.requests().size(), 50 - unknown);
}

TEST(EtcdClient, RequestsAreWhatEtcdExpects) {
  const HttpServer server([](Peer& peer) {
    while (peer.read_request()) peer.send(answer(R"({"header":{"revision":"7"}})"));
  });
  OneServer cluster(&server);
  {
    EtcdClient client(cluster, cluster.nodes()[0], {});
    for (const Op& op : {read(), write(41), cas(1, 2)}) client.invoke(op, Clock::now() + 3s);
    EXPECT_EQ(cluster.dials, 1);
  }
  EtcdClient stale(cluster, cluster.nodes()[0], {.serializable = true});
  stale.invoke(read(), Clock::now() + 3s);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_NE(requests[0].find("POST /v3/kv/range"), std::string::npos);
  EXPECT_NE(requests[0].find(R"({"key":"Y2xldy9r"})"), std::string::npos) << requests[0];
  EXPECT_NE(requests[1].find(R"({"key":"Y2xldy9r","value":"NDE="})"), std::string::npos);
  EXPECT_NE(requests[2].find("POST /v3/kv/txn"), std::string::npos);
  EXPECT_NE(requests[3].find(R"("serializable":true)"), std::string::npos);
}

TEST(EtcdClient, AVerbItDoesNotKnowIsABugOfOurs) {
  OneServer nobody(nullptr);
  EtcdClient client(nobody, nobody.nodes()[0], {});
  EXPECT_THROW(client.invoke({.f = "enqueue"}, Clock::now() + 1s), HarnessError);
}

}  // namespace
}  // namespace clew
