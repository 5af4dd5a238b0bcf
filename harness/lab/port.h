#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/fd.h"

namespace clew {

// How frames get from a namespace's eth0 to the switch and back.
enum class PortKind : std::uint8_t {
  tap,   // /dev/net/tun; the faster one.
  veth,  // A veth pair and a packet socket; needs no device node.
};

// tap where /dev/net/tun can be opened, else veth.
PortKind best_port_kind();

struct PortOptions {
  PortKind kind = PortKind::tap;
  int nodes = 0;  // Up to 253.
  // Sets net.ipv4.tcp_rto_max_ms to 1000 where the kernel has it: a connection
  // resumes within a second of a heal instead of after up to two minutes.
  bool tcp_fast_recovery = true;
};

// One plug of the switch. Each frame read from or written to `frames` is one
// real Ethernet frame of at most 1514 bytes with finished checksums: segmentation
// and checksum offload are off, so loss and corruption hit what a wire carries.
struct Port {
  Fd frames{};  // Non-blocking.
  Fd netns{};   // Keeps the namespace alive; enter it by setns().
};

// Port 0 is an eth0 in the caller's own network namespace, the clients' side;
// ports 1..nodes each have a new, anonymous namespace. All of them know each
// other's MAC, so there is no ARP that a fault could starve. Throws
// EnvironmentError. Leaves nothing behind once the descriptors are closed,
// except the caller's eth0 in veth mode, which goes with its namespace.
std::vector<Port> make_ports(const PortOptions& options);

// "10.88.0.3" for node 3, "10.88.0.254" for the clients' side, 0.
std::string port_address(int id);

}  // namespace clew
