#include "harness/lab/port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "harness/error.h"
#include "harness/lab/interface.h"

namespace clew {
namespace {

constexpr int mtu = 1500;  // A frame is a real segment: loss and corruption hit one packet.

Fd open_tun() { return Fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)); }

Fd own_network_namespace() {
  Fd fd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) throw EnvironmentError(errno_text("open(/proc/self/ns/net)", errno));
  return fd;
}

void set_option(const Fd& socket, int level, int option, int value, const char* name) {
  if (::setsockopt(socket.get(), level, option, &value, sizeof value) != 0)
    throw EnvironmentError(errno_text(std::string("setsockopt(") + name + ")", errno));
}

Fd packet_socket(const std::string& interface) {
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw EnvironmentError(errno_text("socket(AF_PACKET)", errno));
  // Without this the switch would see the frames that it sends itself.
  set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  set_option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  set_option(fd, SOL_SOCKET, SO_RCVBUF, 8 << 20, "SO_RCVBUF");
  set_option(fd, SOL_SOCKET, SO_SNDBUF, 8 << 20, "SO_SNDBUF");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw EnvironmentError(errno_text("bind(AF_PACKET, " + interface + ")", errno));
  return fd;
}

}  // namespace

PortKind best_port_kind() { return open_tun() ? PortKind::tap : PortKind::veth; }

PortMaker::PortMaker(PortKind kind) : kind_(kind) {
  if (kind == PortKind::veth) switch_side_ = make_network_namespace();
}

Port PortMaker::make(const Fd& network_namespace, unsigned number, std::uint32_t address) const {
  const Fd own = network_namespace ? Fd() : own_network_namespace();
  const Fd& where = network_namespace ? network_namespace : own;
  return kind_ == PortKind::tap ? make_tap(where, number, address)
                                : make_veth_port(where, number, address);
}

Port PortMaker::make_tap(const Fd& network_namespace, unsigned number,
                         std::uint32_t address) const {
  Port port;
  inside(network_namespace, [&] {
    port.frames = open_tun();
    if (!port.frames) throw EnvironmentError(errno_text("open(/dev/net/tun)", errno));
    ifreq request{};
    std::memcpy(request.ifr_name, "eth0", 5);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (::ioctl(port.frames.get(), TUNSETIFF, &request) != 0)
      throw EnvironmentError(errno_text("TUNSETIFF(eth0)", errno));
    configure_interface("eth0", number, address, mtu);
  });
  return port;
}

Port PortMaker::make_veth_port(const Fd& network_namespace, unsigned number,
                               std::uint32_t address) const {
  Port port;
  const std::string name = "port" + std::to_string(number);
  inside(switch_side_, [&] {
    make_veth(name, "eth0", network_namespace, mtu);
    bring_up(name, mtu);
    port.frames = packet_socket(name);
  });
  inside(network_namespace, [&] {
    disable_offload("eth0");
    configure_interface("eth0", number, address, mtu);
  });
  return port;
}

}  // namespace clew
