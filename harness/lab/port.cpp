#include "harness/lab/port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <functional>
#include <thread>

#include "harness/check.h"
#include "harness/error.h"
#include "harness/lab/netlink.h"

namespace clew {
namespace {

constexpr int most_nodes = 253;  // 254 is the clients' side.

std::uint32_t address_of(int id) {
  return 0x0a580000U + static_cast<std::uint32_t>(id == 0 ? 254 : id);
}

Mac mac_of(int id) { return {2, 0, 0, 0, 0, static_cast<std::uint8_t>(id)}; }

// Namespaces belong to threads: whatever is to happen in another one happens on
// a thread that enters it and ends.
void on_own_thread(const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      work();
    } catch (...) { failure = std::current_exception(); }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

Fd open_here(const char* path, int flags) {
  Fd fd(::open(path, flags | O_CLOEXEC));
  if (!fd) throw EnvironmentError(errno_text("open(" + std::string(path) + ")", errno));
  return fd;
}

Fd current_netns() { return open_here("/proc/thread-self/ns/net", O_RDONLY); }

Fd enter_new_netns() {
  if (::unshare(CLONE_NEWNET) != 0)
    throw EnvironmentError(errno_text("unshare(CLONE_NEWNET)", errno));
  return current_netns();
}

void enter(const Fd& netns) {
  if (::setns(netns.get(), CLONE_NEWNET) != 0)
    throw EnvironmentError(errno_text("setns(CLONE_NEWNET)", errno));
}

// Of the calling thread's namespace. Kernels without the knob do without.
void set_sysctl(const std::string& name, const std::string& value) {
  const Fd knob(::open(("/proc/sys/net/" + name).c_str(), O_WRONLY | O_CLOEXEC));
  if (!knob && errno == ENOENT) return;
  if (!knob || ::write(knob.get(), value.data(), value.size()) < 0)
    throw EnvironmentError(errno_text("write(/proc/sys/net/" + name + ")", errno));
}

Fd add_tap() {
  Fd tap = open_here("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request{};
  std::strcpy(request.ifr_name, "eth0");
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(tap.get(), TUNSETIFF, &request) != 0)
    throw EnvironmentError(errno_text("ioctl(/dev/net/tun, TUNSETIFF)", errno));
  return tap;
}

// A veth hands half-made frames over: checksums to be filled in, segments to be
// cut by hardware that is not there. All of that off.
void switch_off_offloads(const std::string& name) {
  const Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  constexpr std::array<std::uint32_t, 3> commands = {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO};
  for (const std::uint32_t command : commands) {
    ethtool_value off{command, 0};
    ifreq request{};
    std::memcpy(request.ifr_name, name.c_str(), name.size() + 1);
    request.ifr_data = reinterpret_cast<char*>(&off);
    if (::ioctl(any.get(), SIOCETHTOOL, &request) != 0)
      throw EnvironmentError(errno_text("ioctl(" + name + ", SIOCETHTOOL)", errno));
  }
}

void set_option(const Fd& fd, int level, int option, int value, const char* name) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof value) != 0)
    throw EnvironmentError(errno_text("setsockopt(" + std::string(name) + ")", errno));
}

// The switch's end of a veth pair, in the calling thread's namespace.
Fd open_packet_socket(const std::string& name) {
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw EnvironmentError(errno_text("socket(AF_PACKET)", errno));
  // Or the switch would read the frames that it wrote.
  set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  set_option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  set_option(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20, "SO_RCVBUF");
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = static_cast<int>(::if_nametoindex(name.c_str()));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    throw EnvironmentError(errno_text("bind(AF_PACKET, " + name + ")", errno));
  return fd;
}

void tune_namespace(const PortOptions& options) {
  // IPv6 chatter on eth0 would blur the counters; ::1 stays.
  set_sysctl("ipv6/conf/default/disable_ipv6", "1");
  if (options.tcp_fast_recovery) set_sysctl("ipv4/tcp_rto_max_ms", "1000");
}

void configure_eth0(int id, const PortOptions& options) {
  Netlink link;
  link.set_mac("eth0", mac_of(id));
  link.add_address("eth0", address_of(id), 24);
  link.set_up("eth0");
  link.set_up("lo");
  for (int other = 0; other <= options.nodes; ++other)
    if (other != id) link.add_neighbour("eth0", address_of(other), mac_of(other));
}

Port make_tap_port(int id, const PortOptions& options) {
  Port port;
  on_own_thread([&] {
    port.netns = id == 0 ? current_netns() : enter_new_netns();
    tune_namespace(options);
    port.frames = add_tap();
    configure_eth0(id, options);
  });
  return port;
}

Port make_veth_port(int id, const PortOptions& options, const Fd& switch_netns) {
  Port port;
  on_own_thread([&] {
    port.netns = id == 0 ? current_netns() : enter_new_netns();
    tune_namespace(options);
  });
  const std::string plug = "p" + std::to_string(id);
  on_own_thread([&] {
    enter(switch_netns);
    Netlink link;
    link.add_veth(plug, "eth0", port.netns.get());
    link.set_up(plug);
    port.frames = open_packet_socket(plug);
  });
  on_own_thread([&] {
    enter(port.netns);
    switch_off_offloads("eth0");
    configure_eth0(id, options);
  });
  return port;
}

}  // namespace

PortKind best_port_kind() {
  const Fd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  return tun ? PortKind::tap : PortKind::veth;
}

std::string port_address(int id) {
  const in_addr address{htonl(address_of(id))};
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address, text.data(), text.size());
  return text.data();
}

std::vector<Port> make_ports(const PortOptions& options) {
  if (options.nodes < 1 || options.nodes > most_nodes)
    throw UsageError("the lab has room for 1 to " + std::to_string(most_nodes) + " nodes, not " +
                     std::to_string(options.nodes));
  std::vector<Port> ports;
  if (options.kind == PortKind::tap) {
    for (int id = 0; id <= options.nodes; ++id) ports.push_back(make_tap_port(id, options));
    return ports;
  }
  // Alive as long as the packet sockets are, which outlast this descriptor.
  Fd switch_netns;
  on_own_thread([&] {
    switch_netns = enter_new_netns();
    set_sysctl("ipv6/conf/default/disable_ipv6", "1");
  });
  for (int id = 0; id <= options.nodes; ++id)
    ports.push_back(make_veth_port(id, options, switch_netns));
  return ports;
}

}  // namespace clew
