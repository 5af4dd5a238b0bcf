#pragma once

// A switch with a few ports and a UDP socket at each: what the switch's tests
// send frames through.

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "harness/lab/switch.h"
#include "inside.h"

namespace clew {

// Four ports with a UDP socket each.
struct Net {
  static constexpr int nodes = 3;

  explicit Net(PortKind kind) : ports(make_ports({kind, nodes, true})) {
    std::vector<int> plugs;
    for (int id = 0; id <= nodes; ++id) {
      const Port& port = ports[static_cast<std::size_t>(id)];
      plugs.push_back(port.frames.get());
      sockets.push_back(socket_in(port.netns.get(), SOCK_DGRAM));
      EXPECT_TRUE(bind_to(sockets.back(), id, 7000));
    }
    fabric = std::make_unique<Switch>(std::move(plugs), Rng(42));
  }

  const Fd& at(int id) const { return sockets[static_cast<std::size_t>(id)]; }
  int netns(int id) const { return ports[static_cast<std::size_t>(id)].netns.get(); }

  bool send(int from, int to, std::uint32_t number, std::size_t size = 100) const {
    std::string text(size, 'x');
    std::memcpy(text.data(), &number, sizeof number);
    const sockaddr_in where = endpoint(to, 7000);
    return ::sendto(at(from).get(), text.data(), size, 0, reinterpret_cast<const sockaddr*>(&where),
                    sizeof where) == static_cast<ssize_t>(size);
  }
  // Everything that arrives until nothing has come for `quiet_ms`.
  std::vector<std::uint32_t> receive(int id, int quiet_ms) const {
    std::vector<std::uint32_t> numbers;
    while (readable(at(id), quiet_ms)) {
      char text[2000];
      std::uint32_t number = 0;
      if (::recv(at(id).get(), text, sizeof text, 0) < 4) continue;
      std::memcpy(&number, text, sizeof number);
      numbers.push_back(number);
    }
    return numbers;
  }
  // Sends `count` numbered datagrams, in bursts that no queue on the way
  // overflows, and gives what arrived until nothing has come for `quiet_ms`.
  std::vector<std::uint32_t> burst(int from, int to, std::uint32_t count, int quiet_ms) const {
    std::vector<std::uint32_t> got;
    const auto collect = [&](int ms) {
      for (const std::uint32_t number : receive(to, ms)) got.push_back(number);
    };
    const std::uint64_t before = fabric->count(from, to).frames;
    for (std::uint32_t i = 0; i < count; ++i) {
      EXPECT_TRUE(send(from, to, i));
      if (i % 50 != 49) continue;
      EXPECT_TRUE(eventually(std::chrono::seconds(2), [&] {
        return fabric->count(from, to).frames - before == i + 1;
      })) << "the switch did not see every frame";
      collect(0);
    }
    collect(quiet_ms);
    return got;
  }
  // A round trip of one datagram.
  Nanos rtt(int from, int to) const {
    const auto start = Clock::now();
    EXPECT_TRUE(send(from, to, 1));
    EXPECT_TRUE(readable(at(to), 5000));
    receive(to, 0);
    EXPECT_TRUE(send(to, from, 2));
    EXPECT_TRUE(readable(at(from), 5000));
    const auto took = Clock::now() - start;
    receive(from, 0);
    return took;
  }

  std::vector<Port> ports;
  std::vector<Fd> sockets;
  std::unique_ptr<Switch> fabric;
};

inline LinkMatrix one_way(int from, int to, const Link& link) {
  LinkMatrix links(Net::nodes);
  links.at(from, to) = link;
  return links;
}

inline Link hole() {
  Link link;
  link.hole = true;
  return link;
}

}  // namespace clew
