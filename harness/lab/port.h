#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/fd.h"

namespace clew {

// One socket of the switch with the cable in it: eth0 of a network namespace,
// and a descriptor from which each frame that it sends is read, and to which
// frames for it are written. Non-blocking, one frame a call, no header before it.
struct Port {
  Fd frames;
};

enum class PortKind : std::uint8_t { tap, veth };

// tap where /dev/net/tun can be opened; veth with AF_PACKET elsewhere, which
// needs no device node and therefore works for plain users everywhere.
PortKind best_port_kind();

// Makes ports of one kind. The switch's ends of veth pairs are in a namespace
// that this object holds.
class PortMaker {
 public:
  explicit PortMaker(PortKind kind);

  // eth0 in `network_namespace` (or the caller's, if that is empty), with MAC
  // 02:00:00:00:00:<number>. Throws EnvironmentError.
  Port make(const Fd& network_namespace, unsigned number, std::uint32_t address) const;

 private:
  Port make_tap(const Fd& network_namespace, unsigned number, std::uint32_t address) const;
  Port make_veth_port(const Fd& network_namespace, unsigned number, std::uint32_t address) const;

  PortKind kind_;
  Fd switch_side_;
};

}  // namespace clew
