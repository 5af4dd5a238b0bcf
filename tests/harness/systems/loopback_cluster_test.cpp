#include "tests/support/loopback_cluster.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "harness/error.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

using namespace std::chrono_literals;

Deadline soon() { return Clock::now() + 5s; }

const Command sleeper{.argv = {"/bin/sleep", "600"}};

TEST(LoopbackCluster, ANodeLivesIsStoppedAndGoes) {
  const TemporaryFolder folder;
  LoopbackCluster cluster(2, folder.path());
  const Node node = cluster.node("n1");
  EXPECT_EQ(cluster.status(node).life, Life::absent);
  cluster.start(node, sleeper);
  EXPECT_EQ(cluster.status(node).life, Life::running);
  EXPECT_EQ(cluster.status(cluster.node("n2")).life, Life::absent);
  cluster.signal(node, SIGSTOP);
  EXPECT_TRUE(cluster.await(node, Life::stopped, soon()));
  cluster.signal(node, SIGCONT);
  EXPECT_TRUE(cluster.await(node, Life::running, soon()));
  cluster.signal(node, SIGKILL);
  EXPECT_TRUE(cluster.await(node, Life::gone, soon()));
  EXPECT_EQ(cluster.status(node).ending, "killed by SIGKILL");
}

TEST(LoopbackCluster, ANodeRunsOneServerAtATime) {
  const TemporaryFolder folder;
  LoopbackCluster cluster(1, folder.path());
  const Node node = cluster.node("n1");
  cluster.start(node, sleeper);
  EXPECT_THROW(cluster.start(node, sleeper), HarnessError);
  cluster.signal(node, SIGKILL);
  ASSERT_TRUE(cluster.await(node, Life::gone, soon()));
  cluster.start(node, sleeper);
  EXPECT_EQ(cluster.status(node).life, Life::running);
}

TEST(LoopbackCluster, AServerOutlivesTheThreadThatAskedForIt) {
  const TemporaryFolder folder;
  LoopbackCluster cluster(1, folder.path());
  const Node node = cluster.node("n1");
  std::thread([&] { cluster.start(node, sleeper); }).join();
  EXPECT_FALSE(cluster.await(node, Life::gone, Clock::now() + 100ms));
}

TEST(LoopbackCluster, NothingOutlivesTheCluster) {
  const TemporaryFolder folder;
  pid_t pid = 0;
  {
    LoopbackCluster cluster(1, folder.path());
    cluster.start(cluster.node("n1"), sleeper);
    pid = cluster.status(cluster.node("n1")).pid;
    ASSERT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(LoopbackCluster, AProgramThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  LoopbackCluster cluster(1, folder.path());
  EXPECT_THROW(cluster.start(cluster.node("n1"), {.argv = {"/no/such/server"}}), EnvironmentError);
}

TEST(LoopbackCluster, WhatAServerPrintsIsInItsLog) {
  const TemporaryFolder folder;
  LoopbackCluster cluster(1, folder.path());
  const Node node = cluster.node("n1");
  cluster.start(node, {.argv = {"/bin/sh", "-c", "echo $WORD; pwd; echo oops >&2; exit 3"},
                       .env = {"WORD=hello"}});
  ASSERT_TRUE(cluster.await(node, Life::gone, soon()));
  EXPECT_EQ(cluster.status(node).ending, "exited with 3");
  std::ifstream in(cluster.log_file(node));
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), "hello\n" + cluster.data_dir(node).string() + "\noops\n");
}

TEST(LoopbackCluster, TwoAtATimeHaveDifferentAddresses) {
  const TemporaryFolder folder;
  const LoopbackCluster one(2, folder.path() / "one");
  const LoopbackCluster two(2, folder.path() / "two");
  EXPECT_NE(one.node("n1").address, two.node("n1").address);
}

TEST(LoopbackCluster, ARefusedConnectionSaysSo) {
  const TemporaryFolder folder;
  LoopbackCluster cluster(1, folder.path());
  std::string why;
  EXPECT_FALSE(cluster.dial(cluster.node("n1"), 1, soon(), why));
  EXPECT_NE(why.find("ECONNREFUSED"), std::string::npos) << why;
}

}  // namespace
}  // namespace clew
