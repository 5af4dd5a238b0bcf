// The client against servers that say what a healthy etcd hardly ever says.

#include "harness/systems/etcd_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "harness/systems/etcd_errors.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/scripted_server.h"

namespace clew {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Reply = ScriptedServer::Reply;

const Op read_op{.f = "read", .key = "k"};
const Op write_op{.f = "write", .key = "k", .value = 2};
const Op cas_op{.f = "cas", .key = "k", .value = Value::List{1, 2}};

// One node at whose client port a scripted server listens.
class EtcdClientTest : public ::testing::Test {
 protected:
  ~EtcdClientTest() override { fs::remove_all(folder_); }

  void serve(ScriptedServer::Script script) {
    server_.reset();
    server_ = std::make_unique<ScriptedServer>(std::move(script), node().address, etcd_client_port);
  }
  Completion ask(const Op& op, Nanos patience = seconds(5)) {
    EtcdClient client(cluster_, node(), false);
    return client.invoke(op, Clock::now() + patience);
  }
  Completion ask(const Op& op, const Reply& reply) {
    serve([reply](const std::string&) { return reply; });
    return ask(op);
  }
  const Node& node() const { return cluster_.nodes().front(); }

  fs::path folder_ =
      fs::temp_directory_path() / ("clew-etcd-client-test-" + std::to_string(::getpid()));
  LoopbackCluster cluster_{1, folder_};
  std::unique_ptr<ScriptedServer> server_;
};

Reply error_answer(int status, int code, const std::string& message) {
  return {.bytes = http_answer(status, R"({"error":")" + message + R"(","message":")" + message +
                                           R"(","code":)" + std::to_string(code) + "}")};
}

TEST_F(EtcdClientTest, NothingListensThenNothingWasSentAndEveryOperationFails) {
  for (const Op& op : {read_op, write_op, cas_op}) EXPECT_EQ(ask(op).kind, Kind::fail);
}

TEST_F(EtcdClientTest, EveryRowOfTheTableIsADefiniteFailureOfAMutation) {
  ASSERT_GE(etcd_refusals().size(), 5U);
  for (const EtcdRefusal& row : etcd_refusals()) {
    const Reply reply = error_answer(400, row.code, "etcdserver: " + std::string(row.text));
    for (const Op& op : {write_op, cas_op}) {
      const Completion done = ask(op, reply);
      EXPECT_EQ(done.kind, Kind::fail) << row.text;
      EXPECT_NE(done.error.find(row.text), std::string::npos);
      EXPECT_NE(done.error, compare_failed);
    }
    EXPECT_FALSE(etcd_definitely_refused(row.code + 1, row.text)) << "of another code";
    EXPECT_FALSE(row.why.empty());
  }
}

TEST_F(EtcdClientTest, EveryOtherErrorLeavesAMutationUnknownAndFailsARead) {
  const std::pair<int, const char*> errors[] = {
      {14, "etcdserver: request timed out"},
      {14, "etcdserver: request timed out, possibly due to previous leader failure"},
      {14, "etcdserver: request timed out, possibly due to connection lost"},
      {14, "etcdserver: request timed out, waiting for the applied index took too long"},
      {14, "etcdserver: leader changed"},
      {14, "etcdserver: server stopped"},
      {14, "etcdserver: no leader"},
      {14, "etcdserver: not leader"},
      {14, "etcdserver: unhealthy cluster"},
      {14, "transport is closing"},
      {8, "etcdserver: mvcc: database space exceeded"},
      {4, "context deadline exceeded"},
      {1, "context canceled"},
      {13, "etcdserver: corrupt cluster"},
      {2, "something nobody has ever heard of"},
      {2, "raft proposal dropped"}};
  for (const auto& [code, message] : errors) {
    const Reply reply = error_answer(503, code, message);
    EXPECT_EQ(ask(write_op, reply).kind, Kind::info) << message;
    EXPECT_EQ(ask(cas_op, reply).kind, Kind::info) << message;
    EXPECT_EQ(ask(read_op, reply).kind, Kind::fail) << message;
  }
}

TEST_F(EtcdClientTest, AnAnswerThatIsNotEtcdsLeavesAMutationUnknownAndFailsARead) {
  for (const char* body :
       {"", "null", "[]", "{}", "\"ok\"", "<html>", "{\"header\":{}", "{\"kvs\":1}"})
    for (const int status : {200, 500, 404}) {
      const Reply reply{.bytes = http_answer(status, body)};
      EXPECT_EQ(ask(write_op, reply).kind, Kind::info) << status << " " << body;
      EXPECT_EQ(ask(cas_op, reply).kind, Kind::info) << status << " " << body;
      EXPECT_EQ(ask(read_op, reply).kind, Kind::fail) << status << " " << body;
    }
  EXPECT_EQ(ask(cas_op, {.bytes = http_answer(200, R"({"header":{},"succeeded":"yes"})")}).kind,
            Kind::info);
}

TEST_F(EtcdClientTest, AValueThatIsNoIntegerFailsTheRead) {
  for (const char* kvs : {R"(1)", R"([])", R"([{}])", R"([{"value":1}])", R"([{"value":"%%"}])",
                          R"([{"value":"eHg="}])", R"([{"value":"MQ=="},{"value":"MQ=="}])",
                          R"([{"value":"OTk5OTk5OTk5OTk5OTk5OTk5OTk="}])"})
    EXPECT_EQ(
        ask(read_op, {.bytes = http_answer(200, std::string(R"({"header":{},"kvs":)") + kvs + "}")})
            .kind,
        Kind::fail)
        << kvs;
  const Completion read =
      ask(read_op, {.bytes = http_answer(200, R"({"header":{},"kvs":[{"value":"LTc="}]})")});
  EXPECT_EQ(read.value, Value(-7)) << read.error;
}

TEST_F(EtcdClientTest, AMutationWhoseAnswerNeverCameIsUnknownAndWasSentOnce) {
  for (const Op& op : {write_op, cas_op})
    for (const Reply& reply : {Reply{.close = true}, Reply{.reset = true},
                               Reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Le", .close = true}}) {
      EXPECT_EQ(ask(op, reply).kind, Kind::info);
      EXPECT_EQ(server_->requests(), 1);
      EXPECT_EQ(server_->connections(), 1);
    }
  serve([](const std::string&) { return Reply{}; });
  const auto start = Clock::now();
  EXPECT_EQ(ask(write_op, milliseconds(100)).kind, Kind::info);
  EXPECT_LT(Clock::now() - start, seconds(1));
  EXPECT_EQ(server_->requests(), 1);
}

TEST_F(EtcdClientTest, ARequestLostOnAKeptConnectionIsNotSentAgainOnAnother) {
  for (const bool reset : {false, true}) {
    int asked = 0;
    serve([&asked, reset](const std::string&) {
      const bool first = ++asked == 1;
      return first ? Reply{.bytes = http_answer(200, R"({"header":{}})")}
                   : Reply{.close = true, .reset = reset};
    });
    EtcdClient client(cluster_, node(), false);
    EXPECT_EQ(client.invoke(write_op, Clock::now() + seconds(5)).kind, Kind::ok);
    EXPECT_EQ(client.invoke(cas_op, Clock::now() + seconds(5)).kind, Kind::info);
    EXPECT_EQ(server_->requests(), 2);
    EXPECT_EQ(server_->connections(), 1);
  }
}

TEST_F(EtcdClientTest, AnIdleConnectionThatWasClosedIsReplacedWithoutASecondRequest) {
  serve([](const std::string&) {
    return Reply{.bytes = http_answer(200, R"({"header":{}})"), .close = true};
  });
  EtcdClient client(cluster_, node(), false);
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(client.invoke(write_op, Clock::now() + seconds(5)).kind, Kind::ok);
    ASSERT_TRUE(server_->await_closed(i, Clock::now() + seconds(5)));
    EXPECT_EQ(server_->requests(), i);
  }
}

TEST_F(EtcdClientTest, OnlyASerializableReadAsksForOne) {
  std::string seen;
  serve([&](const std::string& request) {
    seen = request;
    return Reply{.bytes = http_answer(200, R"({"header":{}})"), .close = true};
  });
  for (const bool serializable : {false, true}) {
    EtcdClient client(cluster_, node(), serializable);
    EXPECT_TRUE(client.invoke(read_op, Clock::now() + seconds(5)).value.is_nil());
    EXPECT_EQ(seen.find("\"serializable\":true") != std::string::npos, serializable) << seen;
  }
}

}  // namespace
}  // namespace clew
