#include "harness/lab/lab.h"

#include <fstream>
#include <sstream>

#include "inside.h"

namespace clew {
namespace {

using namespace std::chrono_literals;

Deadline soon() { return Clock::now() + 20s; }

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Command sleeper() { return {{"/bin/sleep", "1000"}, {}}; }

TEST(Lab, IsRefusedOutsideOfTheSandbox) {
  const Scratch scratch;
  EXPECT_THROW(Lab(3, scratch.path()), HarnessError);
}

TEST(Lab, FiveNodesAreSetUpQuickly) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    const Scratch scratch;
    for (const PortKind kind : {PortKind::tap, PortKind::veth}) {
      if (kind == PortKind::tap && best_port_kind() != kind) continue;
      LabOptions options;
      options.port_kind = kind;
      const auto start = Clock::now();
      const Lab lab(5, scratch.path(), options);
      const auto took = Clock::now() - start;
      std::fprintf(stderr, "5 nodes, %s: %s\n", kind == PortKind::tap ? "tap" : "veth",
                   format_duration(took).c_str());
      EXPECT_LT(took, 2s);
    }
  });
}

TEST(Lab, ANodeIsAbsentThenRunningThenStoppedThenGone) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    const Scratch scratch;
    Lab lab(3, scratch.path());
    const Node& node = lab.node("n2");
    EXPECT_EQ(lab.status(node).life, Life::absent);
    lab.signal(node, SIGKILL);
    lab.start(node, sleeper());
    EXPECT_EQ(lab.status(node).life, Life::running);
    EXPECT_THROW(lab.start(node, sleeper()), HarnessError);
    lab.signal(node, SIGSTOP);
    EXPECT_TRUE(lab.await(node, Life::stopped, soon()));
    lab.signal(node, SIGCONT);
    EXPECT_TRUE(lab.await(node, Life::running, soon()));
    lab.signal(node, SIGKILL);
    EXPECT_TRUE(lab.await(node, Life::gone, soon()));
    EXPECT_EQ(lab.status(node).ending, "killed by SIGKILL");
    EXPECT_EQ(lab.status(lab.node("n1")).life, Life::absent);
    lab.start(node, sleeper());
    EXPECT_EQ(lab.status(node).life, Life::running);
  });
}

TEST(Lab, AProgramThatCannotBeExecutedIsNamed) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    const Scratch scratch;
    Lab lab(1, scratch.path());
    try {
      lab.start(lab.node("n1"), {{"/nowhere/etcd"}, {}});
      ADD_FAILURE() << "it started";
    } catch (const EnvironmentError& error) {
      EXPECT_NE(std::string(error.what()).find("/nowhere/etcd"), std::string::npos);
    }
    EXPECT_EQ(lab.status(lab.node("n1")).life, Life::absent);
  });
}

TEST(Lab, AServerHasItsOwnAddressLogEnvironmentAndData) {
  CLEW_NEEDS_SANDBOX();
  const Scratch scratch;
  in_the_sandbox([&] {
    Lab lab(3, scratch.path());
    const Node& node = lab.node("n3");
    EXPECT_EQ(node.address, "10.88.0.3");
    const std::string data = lab.data_dir(node);
    lab.start(node, {{"/bin/sh", "-c",
                      "env; cat /proc/net/fib_trie; df -k " + data + "; touch " + data + "/mark"},
                     {"COLOUR=blue"}});
    ASSERT_TRUE(lab.await(node, Life::gone, soon()));
    EXPECT_EQ(lab.status(node).ending, "exited with 0");
    EXPECT_TRUE(std::filesystem::exists(lab.data_dir(node) / "mark"));
  });
  const std::string log = slurp(scratch / "n3/log");
  for (const char* expected : {"COLOUR=blue\n", "PATH=", "10.88.0.3\n", "tmpfs", " 524288 "})
    EXPECT_NE(log.find(expected), std::string::npos) << expected << " is not in:\n" << log;
  EXPECT_EQ(log.find("10.88.0.1\n"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(scratch / "n3/data/mark")) << "the mount is private";
}

TEST(Lab, DataMayBeOnDisk) {
  CLEW_NEEDS_SANDBOX();
  const Scratch scratch;
  in_the_sandbox([&] {
    LabOptions options;
    options.data_on_tmpfs = false;
    Lab lab(1, scratch.path(), options);
    std::ofstream(lab.data_dir(lab.node("n1")) / "mark") << "x";
  });
  EXPECT_TRUE(std::filesystem::exists(scratch / "n1/data/mark"));
}

TEST(Lab, DialReachesAListenerAndTellsWhyNot) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    const Scratch scratch;
    Lab lab(3, scratch.path());
    const Fd listener = socket_in(lab.netns(2), SOCK_STREAM);
    ASSERT_TRUE(bind_to(listener, 2, 7000));
    ASSERT_EQ(::listen(listener.get(), 8), 0);
    std::string why;
    EXPECT_TRUE(lab.dial(lab.node("n2"), 7000, soon(), why)) << why;
    EXPECT_FALSE(lab.dial(lab.node("n1"), 7000, soon(), why));
    EXPECT_EQ(why, "connection refused");

    LinkMatrix cut(3);
    cut.at(0, 2).hole = true;
    lab.network()->overlay("cut", cut);
    const auto start = Clock::now();
    EXPECT_FALSE(lab.dial(lab.node("n2"), 7000, start + 150ms, why));
    EXPECT_EQ(why, "connection timed out");
    EXPECT_GE(Clock::now() - start, 150ms);
    EXPECT_LT(Clock::now() - start, 2s);
    lab.network()->remove("cut");
    EXPECT_TRUE(lab.dial(lab.node("n2"), 7000, soon(), why)) << why;
  });
}

TEST(Lab, FiftyNodesAllReachEachOther) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    const Scratch scratch;
    const auto start = Clock::now();
    Lab lab(50, scratch.path());
    std::fprintf(stderr, "50 nodes: %s\n", format_duration(Clock::now() - start).c_str());
    std::vector<Fd> sockets;
    for (int id = 0; id <= 50; ++id) {
      sockets.push_back(socket_in(lab.netns(id), SOCK_DGRAM));
      ASSERT_TRUE(bind_to(sockets.back(), id, 7000));
    }
    for (int from = 0; from <= 50; ++from) {
      const sockaddr_in to = endpoint((from + 1) % 51, 7000);
      ASSERT_EQ(::sendto(sockets[static_cast<std::size_t>(from)].get(), "x", 1, 0,
                         reinterpret_cast<const sockaddr*>(&to), sizeof to),
                1);
    }
    for (int id = 0; id <= 50; ++id)
      EXPECT_TRUE(readable(sockets[static_cast<std::size_t>(id)], 5000)) << id;
  });
}

TEST(Lab, TakesItsServersWithIt) {
  CLEW_NEEDS_SANDBOX();
  in_the_sandbox([] {
    const Scratch scratch;
    pid_t pid = 0;
    {
      Lab lab(2, scratch.path());
      lab.start(lab.node("n1"), sleeper());
      lab.start(lab.node("n2"), {{"/bin/sh", "-c", "trap '' TERM INT; sleep 1000"}, {}});
      lab.signal(lab.node("n2"), SIGSTOP);
      pid = lab.status(lab.node("n2")).pid;
    }
    EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(pid)));
  });
}

}  // namespace
}  // namespace clew
