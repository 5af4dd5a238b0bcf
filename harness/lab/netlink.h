#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "harness/fd.h"

namespace clew {

using Mac = std::array<std::uint8_t, 6>;

// Interfaces of one network namespace, through raw rtnetlink: no `ip` program
// is needed. Acts on the namespace of the thread that made it, for ever. Every
// call throws EnvironmentError naming what the kernel refused.
class Netlink {
 public:
  Netlink();

  // A pair of interfaces: `name` here, `peer` in the namespace of `peer_netns`.
  void add_veth(const std::string& name, const std::string& peer, int peer_netns);
  void set_mac(const std::string& name, const Mac& mac);
  void set_up(const std::string& name);
  // `address` in host byte order.
  void add_address(const std::string& name, std::uint32_t address, std::uint8_t prefix);
  // A neighbour known for ever: ARP is never asked, so it cannot time out either.
  void add_neighbour(const std::string& name, std::uint32_t address, const Mac& mac);

 private:
  class Message;
  void send(Message& message, const std::string& what);
  int index_of(const std::string& name) const;

  Fd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace clew
