// Real sockets in real namespaces: what is asserted here is what a server sees.

#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>

#include "net.h"

namespace clew {
namespace {

using namespace std::chrono_literals;

constexpr int nodes = Net::nodes;

// Every test runs over both kinds of ports.
class SwitchTest : public ::testing::TestWithParam<PortKind> {
 protected:
  void SetUp() override {
    CLEW_NEEDS_SANDBOX();
    if (GetParam() == PortKind::tap && best_port_kind() != PortKind::tap)
      GTEST_SKIP() << "/dev/net/tun cannot be opened here";
  }
  static void with_net(const std::function<void(Net&)>& body) {
    in_the_sandbox([&] {
      Net net(GetParam());
      body(net);
    });
  }
};

std::string kind_name(const ::testing::TestParamInfo<PortKind>& info) {
  return info.param == PortKind::tap ? "Tap" : "Veth";
}
INSTANTIATE_TEST_SUITE_P(Over, SwitchTest, ::testing::Values(PortKind::tap, PortKind::veth),
                         kind_name);

TEST_P(SwitchTest, EveryPortReachesEveryOther) {
  with_net([](Net& net) {
    for (int from = 0; from <= nodes; ++from)
      for (int to = 0; to <= nodes; ++to) {
        if (from == to) continue;
        EXPECT_TRUE(net.send(from, to, 7));
        EXPECT_TRUE(readable(net.at(to), 2000)) << from << " to " << to;
        EXPECT_EQ(net.receive(to, 0).size(), 1U);
        EXPECT_EQ(net.fabric->count(from, to).frames, 1U) << "nothing but our frame is on the link";
        EXPECT_EQ(net.fabric->count(from, to).dropped, 0U);
      }
  });
}

TEST_P(SwitchTest, ABroadcastReachesEveryOtherPortOnce) {
  with_net([](Net& net) {
    sockaddr_in everyone = endpoint(1, 7000);
    ::inet_pton(AF_INET, "10.88.0.255", &everyone.sin_addr);
    const int on = 1;
    ASSERT_EQ(::setsockopt(net.at(1).get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on), 0);
    ASSERT_EQ(::sendto(net.at(1).get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&everyone),
                       sizeof everyone),
              1);
    const auto entered = [&](int from, int to) { return net.fabric->count(from, to).frames; };
    EXPECT_TRUE(eventually(2s, [&] { return entered(1, 0) + entered(1, 2) + entered(1, 3) == 3; }));
    // Long enough for one that comes back to come back.
    EXPECT_FALSE(
        eventually(50ms, [&] { return entered(2, 3) + entered(3, 2) + entered(2, 1) > 0; }));
    EXPECT_EQ(entered(1, 2), 1U);
  });
}

TEST_P(SwitchTest, NoPortSpeaksIpv6) {
  with_net([](Net& net) {
    for (int id = 0; id <= nodes; ++id) {
      std::ostringstream addresses;
      std::thread([&] {
        EXPECT_EQ(::setns(net.netns(id), CLONE_NEWNET), 0);
        addresses << std::ifstream("/proc/thread-self/net/if_inet6").rdbuf();
      }).join();
      EXPECT_EQ(addresses.str().find("eth0"), std::string::npos) << addresses.str();
    }
  });
}

TEST_P(SwitchTest, AHoleSwallowsEveryFrameOfItsLinkOnly) {
  with_net([](Net& net) {
    net.fabric->overlay("cut", one_way(1, 2, hole()));
    for (std::uint32_t i = 0; i < 50; ++i)
      for (int from = 0; from <= nodes; ++from)
        for (int to = 0; to <= nodes; ++to)
          if (from != to) { EXPECT_TRUE(net.send(from, to, i * 16 + static_cast<unsigned>(from))); }
    for (int to = 0; to <= nodes; ++to) {
      std::array<int, nodes + 1> arrived{};
      for (const std::uint32_t number : net.receive(to, 100)) ++arrived[number % 16];
      for (int from = 0; from <= nodes; ++from) {
        const bool cut = from == 1 && to == 2;
        EXPECT_EQ(arrived[static_cast<std::size_t>(from)], from == to || cut ? 0 : 50)
            << from << " to " << to;
        EXPECT_EQ(net.fabric->count(from, to).frames, from == to ? 0U : 50U);
        EXPECT_EQ(net.fabric->count(from, to).dropped, cut ? 50U : 0U);
      }
    }
    net.fabric->remove("cut");
    EXPECT_EQ(net.burst(1, 2, 10, 100).size(), 10U);
    EXPECT_EQ(net.fabric->count(1, 2).dropped, 50U);
  });
}

TEST_P(SwitchTest, ACutIsSilentAndAConnectionResumesAfterTheHeal) {
  with_net([](Net& net) {
    const Fd listener = socket_in(net.netns(2), SOCK_STREAM);
    ASSERT_TRUE(bind_to(listener, 2, 7001));
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    const Fd client = socket_in(net.netns(1), SOCK_STREAM);
    const sockaddr_in to = endpoint(2, 7001);
    ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    ASSERT_TRUE(readable(listener, 2000));
    const Fd server(::accept(listener.get(), nullptr, nullptr));
    LinkMatrix cut(nodes);
    cut.at(1, 2).hole = cut.at(2, 1).hole = true;
    net.fabric->overlay("cut", cut);
    ASSERT_EQ(::send(client.get(), "x", 1, MSG_NOSIGNAL), 1);
    // An unbounded backoff tries at about 3.3 s, and again at 6.7 s.
    EXPECT_FALSE(readable(server, 3700)) << "neither data nor the end of the connection";
    EXPECT_FALSE(readable(client, 0));
    net.fabric->remove("cut");
    const auto healed = Clock::now();
    EXPECT_TRUE(readable(server, 5000));
    std::fprintf(stderr, "resumed %s after the heal\n",
                 format_duration(Clock::now() - healed).c_str());
    if (std::filesystem::exists("/proc/sys/net/ipv4/tcp_rto_max_ms")) {
      EXPECT_LT(Clock::now() - healed, 1500ms) << "tcp_rto_max_ms is not in force";
    }
    char byte = 0;
    EXPECT_EQ(::recv(server.get(), &byte, 1, 0), 1);
  });
}

TEST_P(SwitchTest, DropLosesAboutItsShare) {
  with_net([](Net& net) {
    Link link;
    link.drop = 0.2;
    net.fabric->overlay("loss", one_way(1, 2, link));
    const auto got = net.burst(1, 2, 3000, 200).size();
    const auto dropped = net.fabric->count(1, 2).dropped;
    EXPECT_EQ(got + dropped, 3000U);
    EXPECT_NEAR(static_cast<double>(dropped) / 3000, 0.2, 0.04);  // 5 standard deviations.
  });
}

TEST_P(SwitchTest, DelayIsSeenByUdpAndInOneDirectionOnly) {
  with_net([](Net& net) {
    std::vector<Nanos> plain, slow;
    for (int i = 0; i < 5; ++i) plain.push_back(net.rtt(1, 2));
    Link link;
    link.delay = 60ms;
    net.fabric->overlay("slow", one_way(1, 2, link));
    for (int i = 0; i < 5; ++i) slow.push_back(net.rtt(1, 2));
    EXPECT_GE(*std::min_element(slow.begin(), slow.end()), 60ms);
    EXPECT_LT(*std::min_element(slow.begin(), slow.end()), 110ms);
    EXPECT_LT(*std::min_element(plain.begin(), plain.end()), 30ms);
  });
}

TEST_P(SwitchTest, DelayIsSeenByTcp) {
  with_net([](Net& net) {
    LinkMatrix slow(nodes);
    slow.at(0, 1).delay = slow.at(1, 0).delay = 40ms;
    net.fabric->overlay("slow", slow);
    const Fd listener = socket_in(net.netns(1), SOCK_STREAM);
    ASSERT_TRUE(bind_to(listener, 1, 7001));
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in to = endpoint(1, 7001);
    const auto start = Clock::now();
    ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    pollfd waiting{client.get(), POLLOUT, 0};
    ASSERT_EQ(::poll(&waiting, 1, 5000), 1);
    EXPECT_GE(Clock::now() - start, 80ms);
    tcp_info info{};
    socklen_t size = sizeof info;
    ASSERT_EQ(::getsockopt(client.get(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    EXPECT_GE(info.tcpi_rtt, 80'000U);
  });
}

// 200 datagrams: they may arrive all at once, and a plain user's socket holds no more.
TEST_P(SwitchTest, JitterKeepsTheOrder) {
  with_net([](Net& net) {
    Link link;
    link.delay = 10ms;
    link.jitter = 10ms;
    net.fabric->overlay("jitter", one_way(1, 2, link));
    const auto got = net.burst(1, 2, 200, 200);
    EXPECT_EQ(got.size(), 200U);
    EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
  });
}

TEST_P(SwitchTest, ReorderChangesTheOrderAndLosesNothing) {
  for (const Nanos delay : {Nanos{0}, Nanos{10ms}})
    with_net([&](Net& net) {
      Link link;
      link.reorder = 0.2;
      link.delay = delay;
      net.fabric->overlay("reorder", one_way(1, 2, link));
      const auto got = net.burst(1, 2, 200, 200);
      EXPECT_EQ(std::set(got.begin(), got.end()).size(), 200U);
      EXPECT_FALSE(std::is_sorted(got.begin(), got.end()));
    });
}

TEST_P(SwitchTest, DuplicateSendsAShareTwice) {
  with_net([](Net& net) {
    Link link;
    link.duplicate = 0.3;
    net.fabric->overlay("twice", one_way(1, 2, link));
    const auto got = net.burst(1, 2, 1000, 200);
    EXPECT_EQ(std::set(got.begin(), got.end()).size(), 1000U);
    EXPECT_NEAR(static_cast<double>(got.size()) / 1000, 1.3, 0.08);
  });
}

// The sum of the receiving kernel's counters of bad checksums and headers.
std::uint64_t bad_checksums(int netns) {
  std::uint64_t sum = 0;
  std::thread([&] {
    if (::setns(netns, CLONE_NEWNET) != 0) return;
    std::ifstream file("/proc/thread-self/net/snmp");
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::vector<std::string> row{std::istream_iterator<std::string>(words), {}};
      if (!names.empty() && names[0] == row[0])
        for (std::size_t i = 1; i < row.size(); ++i)
          if ((row[0] == "Udp:" && names[i] == "InErrors") ||
              (row[0] == "Ip:" && (names[i] == "InHdrErrors" || names[i] == "InAddrErrors" ||
                                   names[i] == "InDiscards" || names[i] == "InUnknownProtos")))
            sum += std::stoull(row[i]);
      names = row;
    }
  }).join();
  return sum;
}

TEST_P(SwitchTest, CorruptionIsCaughtByTheReceiversChecksums) {
  with_net([](Net& net) {
    Link link;
    link.corrupt = 0.3;
    net.fabric->overlay("noise", one_way(1, 2, link));
    const auto got = net.burst(1, 2, 1000, 200);
    EXPECT_NEAR(static_cast<double>(got.size()) / 1000, 0.7, 0.08);
    EXPECT_TRUE(std::is_sorted(got.begin(), got.end())) << "a changed number got through";
    EXPECT_EQ(std::set(got.begin(), got.end()).size(), got.size());
    EXPECT_EQ(net.fabric->count(1, 2).dropped, 0U);
    const std::uint64_t bad = bad_checksums(net.netns(2));
    EXPECT_EQ(bad + got.size(), 1000U) << "the receiving kernel saw every one that is missing";
  });
}

TEST_P(SwitchTest, RateLimitsTheThroughputAndBoundsTheQueue) {
  with_net([](Net& net) {
    Link link;
    link.rate_bps = 2'000'000;
    net.fabric->overlay("narrow", one_way(1, 2, link));
    // 1042 bytes on the wire: 240 a second. Twice as much is offered for one second.
    const auto start = Clock::now();
    std::size_t got = 0;
    for (std::uint32_t i = 0; i < 480; ++i) {
      EXPECT_TRUE(net.send(1, 2, i, 1000));
      got += net.receive(2, 0).size();
      std::this_thread::sleep_until(start + (i + 1) * (1000ms / 480));
    }
    got += net.receive(2, 300).size();
    EXPECT_NEAR(static_cast<double>(got), 240 * 1.2, 40);  // One second and the queue's 200 ms.
    EXPECT_EQ(net.fabric->count(1, 2).dropped, 480 - got);
  });
}

TEST_P(SwitchTest, OverlaysCombineAndAreTakenAwayOneByOne) {
  with_net([](Net& net) {
    net.fabric->overlay("a", one_way(1, 2, hole()));
    net.fabric->overlay("b", one_way(2, 1, hole()));
    EXPECT_TRUE(net.fabric->in_force().at(1, 2).hole);
    EXPECT_TRUE(net.fabric->in_force().at(2, 1).hole);
    EXPECT_TRUE(net.burst(1, 2, 5, 50).empty());
    net.fabric->remove("a");
    net.fabric->remove("never there");
    EXPECT_EQ(net.burst(1, 2, 5, 50).size(), 5U);
    EXPECT_TRUE(net.burst(2, 1, 5, 50).empty());
    net.fabric->overlay("b", one_way(3, 1, hole()));
    EXPECT_EQ(net.burst(2, 1, 5, 50).size(), 5U) << "an overlay replaces the same owner's";
    EXPECT_TRUE(net.burst(3, 1, 5, 50).empty());
    net.fabric->remove_all();
    EXPECT_EQ(net.burst(3, 1, 5, 50).size(), 5U);
    EXPECT_EQ(net.fabric->in_force(), LinkMatrix(nodes));
  });
}

TEST_P(SwitchTest, AHoleSwallowsWhatIsStillUnderWay) {
  with_net([](Net& net) {
    Link link;
    link.delay = 300ms;
    net.fabric->overlay("slow", one_way(1, 2, link));
    const auto counted = [&] { return net.fabric->count(1, 2); };
    for (std::uint32_t i = 0; i < 20; ++i) EXPECT_TRUE(net.send(1, 2, i));
    const Deadline deadline = Clock::now() + 200ms;
    while (counted().frames < 20 && left(deadline) > 0ns) std::this_thread::sleep_for(1ms);
    net.fabric->overlay("cut", one_way(1, 2, hole()));
    EXPECT_EQ(counted().dropped, 20U);
    EXPECT_TRUE(net.receive(2, 400).empty());
  });
}

TEST_P(SwitchTest, TakingADelayAwayDeliversAtOnceAndInOrder) {
  with_net([](Net& net) {
    Link link;
    link.delay = 10s;
    net.fabric->overlay("slow", one_way(1, 2, link));
    for (std::uint32_t i = 0; i < 20; ++i) EXPECT_TRUE(net.send(1, 2, i));
    const Deadline deadline = Clock::now() + 2s;
    while (net.fabric->count(1, 2).frames < 20 && left(deadline) > 0ns)
      std::this_thread::sleep_for(1ms);
    net.fabric->remove("slow");
    EXPECT_TRUE(net.send(1, 2, 20));
    const auto got = net.receive(2, 100);
    EXPECT_EQ(got.size(), 21U);
    EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
  });
}

// The two counters of a link under load, from the same moment.
LinkCount consistent(const Switch& fabric) {
  while (true) {
    const LinkCount first = fabric.count(1, 2), second = fabric.count(1, 2);
    if (first.frames == second.frames && first.dropped == second.dropped) return first;
  }
}

// Under load: once overlay() has returned, not one more frame may pass.
Link held() { return {.hold = true}; }

TEST_P(SwitchTest, AHoldKeepsFramesAndItsEndDeliversThemInOrder) {
  with_net([](Net& net) {
    net.fabric->overlay("hold", one_way(1, 2, held()));
    for (std::uint32_t i = 0; i < 50; ++i) ASSERT_TRUE(net.send(1, 2, i));
    ASSERT_TRUE(eventually(2s, [&] { return net.fabric->held(1, 2) == 50; }));
    EXPECT_TRUE(net.receive(2, 50).empty());
    EXPECT_EQ(net.burst(1, 3, 10, 100).size(), 10U) << "other links go on";
    net.fabric->remove("hold");
    const std::vector<std::uint32_t> late = net.receive(2, 200);
    ASSERT_EQ(late.size(), 50U);
    EXPECT_TRUE(std::is_sorted(late.begin(), late.end()));
    EXPECT_EQ(net.fabric->held(1, 2), 0U);
    EXPECT_EQ(net.fabric->count(1, 2).dropped, 0U);
  });
}

TEST_P(SwitchTest, HeldFramesAreLetGoOneByOne) {
  with_net([](Net& net) {
    net.fabric->overlay("hold", one_way(1, 2, held()));
    for (std::uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(net.send(1, 2, i));
    ASSERT_TRUE(eventually(2s, [&] { return net.fabric->held(1, 2) == 10; }));
    EXPECT_EQ(net.fabric->let_go(1, 2, 3), 3U);
    EXPECT_EQ(net.receive(2, 100), (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(net.fabric->held(1, 2), 7U);
    EXPECT_EQ(net.fabric->let_go(1, 3, 1), 0U) << "nothing is held there";
    EXPECT_EQ(net.fabric->let_go(1, 2, 100), 7U);
    EXPECT_EQ(net.receive(2, 100), (std::vector<std::uint32_t>{3, 4, 5, 6, 7, 8, 9}));
  });
}

TEST_P(SwitchTest, AHoldCatchesWhatIsStillUnderWayAndAHoleSwallowsWhatIsHeld) {
  with_net([](Net& net) {
    net.fabric->overlay("slow", one_way(1, 2, {.delay = 10s}));
    for (std::uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(net.send(1, 2, i));
    ASSERT_TRUE(eventually(2s, [&] { return net.fabric->count(1, 2).late == 5; }));
    net.fabric->overlay("hold", one_way(1, 2, held()));
    EXPECT_EQ(net.fabric->held(1, 2), 5U);
    net.fabric->overlay("cut", one_way(1, 2, hole()));
    EXPECT_EQ(net.fabric->held(1, 2), 0U);
    EXPECT_EQ(net.fabric->count(1, 2).dropped, 5U);
    net.fabric->remove_all();
    EXPECT_TRUE(net.receive(2, 50).empty());
  });
}

TEST_P(SwitchTest, ASwapIsCompleteWhenItReturnsAndTakesMilliseconds) {
  with_net([](Net& net) {
    std::atomic<bool> stop = false;
    std::thread flood([&] {
      for (std::uint32_t i = 0; !stop; ++i) {
        net.send(1, 2, i);
        if (i % 50 == 49) std::this_thread::sleep_for(1ms);
      }
    });
    std::vector<Nanos> took;
    for (int i = 0; i < 100; ++i) {
      auto start = Clock::now();
      net.fabric->overlay("cut", one_way(1, 2, hole()));
      took.push_back(Clock::now() - start);
      const LinkCount at_once = consistent(*net.fabric);
      std::this_thread::sleep_for(2ms);
      const LinkCount later = consistent(*net.fabric);
      // A frame is counted as entered just before it is counted as dropped.
      EXPECT_NEAR(static_cast<double>(later.frames - at_once.frames),
                  static_cast<double>(later.dropped - at_once.dropped), 1);
      start = Clock::now();
      net.fabric->remove("cut");
      took.push_back(Clock::now() - start);
      net.receive(2, 0);
    }
    stop = true;
    flood.join();
    EXPECT_GT(net.fabric->count(1, 2).dropped, 0U);
    std::sort(took.begin(), took.end());
    std::fprintf(stderr, "swap: p50 %s, p99 %s, max %s\n", format_duration(took[100]).c_str(),
                 format_duration(took[197]).c_str(), format_duration(took.back()).c_str());
    EXPECT_LT(took[100], 5ms);
  });
}

TEST_P(SwitchTest, ManyThreadsMaySwapAtOnce) {
  with_net([](Net& net) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        const std::string owner = "fault#" + std::to_string(t);
        for (int i = 0; i < 50; ++i) {
          net.fabric->overlay(owner, one_way(t % 3 + 1, (t + 1) % 3 + 1, hole()));
          EXPECT_TRUE(net.fabric->in_force().at(t % 3 + 1, (t + 1) % 3 + 1).hole);
          net.send(t % 3 + 1, (t + 1) % 3 + 1, 1);
          net.fabric->remove(owner);
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(net.fabric->in_force(), LinkMatrix(nodes));
  });
}

TEST_P(SwitchTest, CarriesABulkTcpStreamUnharmed) {
  with_net([](Net& net) {
    const Fd listener = socket_in(net.netns(2), SOCK_STREAM);
    ASSERT_TRUE(bind_to(listener, 2, 7001));
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    const Fd client = socket_in(net.netns(1), SOCK_STREAM);
    const sockaddr_in to = endpoint(2, 7001);
    ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    ASSERT_TRUE(readable(listener, 2000));
    const Fd server(::accept(listener.get(), nullptr, nullptr));
    constexpr std::size_t total = 20 << 20;
    const auto start = Clock::now();
    std::thread sender([&] {
      std::vector<char> block(65536);
      for (std::size_t sent = 0; sent < total;) {
        for (std::size_t i = 0; i < block.size(); ++i)
          block[i] = static_cast<char>((sent + i) % 251);
        pollfd waiting{client.get(), POLLOUT, 0};
        if (::poll(&waiting, 1, 5000) <= 0) break;
        const std::size_t size = std::min(block.size(), total - sent);
        const ssize_t put = ::send(client.get(), block.data(), size, MSG_NOSIGNAL);
        if (put > 0) sent += static_cast<std::size_t>(put);
      }
    });
    std::vector<char> block(65536);
    std::size_t received = 0;
    bool intact = true;
    while (received < total && readable(server, 5000)) {
      const ssize_t got = ::recv(server.get(), block.data(), block.size(), 0);
      if (got <= 0) break;
      for (ssize_t i = 0; i < got; ++i)
        intact &= block[static_cast<std::size_t>(i)] ==
                  static_cast<char>((received + static_cast<std::size_t>(i)) % 251);
      received += static_cast<std::size_t>(got);
    }
    const std::chrono::duration<double> took = Clock::now() - start;
    sender.join();
    EXPECT_EQ(received, total);
    EXPECT_TRUE(intact);
    std::fprintf(stderr, "20 MiB: %.0f Mbit/s\n", total * 8 / took.count() / 1e6);
  });
}

}  // namespace
}  // namespace clew
