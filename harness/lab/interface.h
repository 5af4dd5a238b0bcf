#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/fd.h"

namespace clew {

// Network namespaces and interfaces by system calls: no `ip` program is needed.
// What happens "in a namespace" happens on a thread of its own that entered it.
// All throw EnvironmentError with the failed call.

// Of the caller's network namespace.
void bring_up_loopback();

// A network namespace without a name: it lives as long as the descriptor, or a
// process inside. Loopback is up in it.
Fd make_network_namespace();

// Runs `step` inside; what it throws is thrown here.
void inside(const Fd& network_namespace, const std::function<void()>& step);

// Gives `interface` of the caller's namespace its MAC 02:00:00:00:00:<number>,
// address and MTU, and brings it up. `address` is IPv4 in host order, /16.
void configure_interface(const std::string& interface, unsigned number, std::uint32_t address,
                         int mtu);
// Up, without address.
void bring_up(const std::string& interface, int mtu);

// Frames must be real segments with finished checksums: no segmentation or
// checksum offload on `interface` of the caller's namespace.
void disable_offload(const std::string& interface);

// Writes to /proc/sys/`name` of the caller's namespace; false where there is no such setting.
bool set_sysctl(const std::string& name, const std::string& value);

// A pair of connected interfaces: `name` here, `peer` in the other namespace.
void make_veth(const std::string& name, const std::string& peer, const Fd& peer_namespace, int mtu);

}  // namespace clew
