#include "harness/lab/interface.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/error.h"

namespace clew {
namespace {

Fd control_socket() {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) throw EnvironmentError(errno_text("socket(AF_INET)", errno));
  return fd;
}

ifreq request_for(const std::string& interface) {
  ifreq request{};
  if (interface.size() >= sizeof request.ifr_name)
    throw HarnessError("interface name too long: " + interface);
  std::memcpy(request.ifr_name, interface.data(), interface.size());
  return request;
}

void control(const Fd& socket, unsigned long call, ifreq& request, const char* name) {
  if (::ioctl(socket.get(), call, &request) != 0)
    throw EnvironmentError(errno_text(std::string(name) + "(" + request.ifr_name + ")", errno));
}

void set_up_flag(const Fd& socket, const std::string& interface) {
  ifreq request = request_for(interface);
  control(socket, SIOCGIFFLAGS, request, "SIOCGIFFLAGS");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  control(socket, SIOCSIFFLAGS, request, "SIOCSIFFLAGS");
}

void set_mtu(const Fd& socket, const std::string& interface, int mtu) {
  ifreq request = request_for(interface);
  request.ifr_mtu = mtu;
  control(socket, SIOCSIFMTU, request, "SIOCSIFMTU");
}

void set_address(const Fd& socket, const std::string& interface, unsigned long call,
                 std::uint32_t address) {
  ifreq request = request_for(interface);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(address);
  std::memcpy(&request.ifr_addr, &in, sizeof in);
  control(socket, call, request, "SIOCSIFADDR");
}

// A netlink message under construction: attributes are appended, nested ones closed in turn.
class Message {
 public:
  template <class T>
  void put(const T& fixed) {
    append(&fixed, sizeof fixed);
  }
  void attribute(unsigned short type, const void* data, std::size_t size) {
    const std::size_t at = open(type);
    append(data, size);
    close(at);
  }
  void attribute(unsigned short type, const std::string& text) {
    attribute(type, text.c_str(), text.size() + 1);
  }
  template <class T>
  void attribute_of(unsigned short type, const T& value) {
    attribute(type, &value, sizeof value);
  }
  std::size_t open(unsigned short type) {
    const std::size_t at = bytes_.size();
    rtattr header{.rta_len = 0, .rta_type = type};
    append(&header, sizeof header);
    return at;
  }
  void close(std::size_t at) {
    const auto length = static_cast<unsigned short>(bytes_.size() - at);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  std::vector<char>& finish() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);  // nlmsg_len is first.
    return bytes_;
  }

 private:
  void append(const void* data, std::size_t size) {
    const std::size_t at = bytes_.size();
    bytes_.resize(NLMSG_ALIGN(at + size));
    std::memcpy(bytes_.data() + at, data, size);
    bytes_.resize(at + size);
    // Attributes start aligned; close() pads behind each, headers are aligned anyhow.
  }
  std::vector<char> bytes_;
};

void ask_kernel(Message& message, const std::string& call) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) throw EnvironmentError(errno_text("socket(AF_NETLINK)", errno));
  auto& bytes = message.finish();
  if (::send(socket.get(), bytes.data(), bytes.size(), 0) < 0)
    throw EnvironmentError(errno_text(call, errno));
  alignas(nlmsghdr) char answer[4096];
  const ssize_t size = ::recv(socket.get(), answer, sizeof answer, 0);
  nlmsgerr error{};
  if (size < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof error))
    throw EnvironmentError(call + ": no answer");
  std::memcpy(&error, answer + NLMSG_HDRLEN, sizeof error);
  if (error.error != 0) throw EnvironmentError(errno_text(call, -error.error));
}

}  // namespace

void bring_up_loopback() { set_up_flag(control_socket(), "lo"); }

Fd make_network_namespace() {
  Fd made;
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (::unshare(CLONE_NEWNET) != 0)
        throw EnvironmentError(errno_text("unshare(CLONE_NEWNET)", errno));
      made = Fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
      if (!made) throw EnvironmentError(errno_text("open(/proc/thread-self/ns/net)", errno));
      bring_up_loopback();
    } catch (...) { failure = std::current_exception(); }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return made;
}

void inside(const Fd& network_namespace, const std::function<void()>& step) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (::setns(network_namespace.get(), CLONE_NEWNET) != 0)
        throw EnvironmentError(errno_text("setns(CLONE_NEWNET)", errno));
      step();
    } catch (...) { failure = std::current_exception(); }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

void configure_interface(const std::string& interface, unsigned number, std::uint32_t address,
                         int mtu) {
  const Fd socket = control_socket();
  ifreq request = request_for(interface);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  const unsigned char mac[6] = {2, 0, 0, 0, 0, static_cast<unsigned char>(number)};
  std::memcpy(request.ifr_hwaddr.sa_data, mac, sizeof mac);
  control(socket, SIOCSIFHWADDR, request, "SIOCSIFHWADDR");
  set_mtu(socket, interface, mtu);
  set_address(socket, interface, SIOCSIFADDR, address);
  set_address(socket, interface, SIOCSIFNETMASK, 0xffff0000U);
  set_up_flag(socket, interface);
}

void bring_up(const std::string& interface, int mtu) {
  const Fd socket = control_socket();
  set_mtu(socket, interface, mtu);
  set_up_flag(socket, interface);
}

void disable_offload(const std::string& interface) {
  const Fd socket = control_socket();
  for (const auto command : {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO}) {
    ethtool_value value{.cmd = static_cast<std::uint32_t>(command), .data = 0};
    ifreq request = request_for(interface);
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0 && command == ETHTOOL_STXCSUM)
      throw EnvironmentError(errno_text("ETHTOOL_STXCSUM(" + interface + ")", errno));
  }
}

bool set_sysctl(const std::string& name, const std::string& value) {
  const Fd fd(::open(("/proc/sys/" + name).c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

void make_veth(const std::string& name, const std::string& peer, const Fd& peer_namespace,
               int mtu) {
  Message message;
  nlmsghdr header{};
  header.nlmsg_type = RTM_NEWLINK;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  const ifinfomsg unspecified{};
  message.put(header);
  message.put(unspecified);
  message.attribute(IFLA_IFNAME, name);
  message.attribute_of(IFLA_MTU, static_cast<std::uint32_t>(mtu));
  const std::size_t info = message.open(IFLA_LINKINFO);
  message.attribute(IFLA_INFO_KIND, std::string("veth"));
  const std::size_t data = message.open(IFLA_INFO_DATA);
  const std::size_t other = message.open(VETH_INFO_PEER);
  message.put(unspecified);
  message.attribute(IFLA_IFNAME, peer);
  message.attribute_of(IFLA_MTU, static_cast<std::uint32_t>(mtu));
  message.attribute_of(IFLA_NET_NS_FD, static_cast<std::uint32_t>(peer_namespace.get()));
  message.close(other);
  message.close(data);
  message.close(info);
  ask_kernel(message, "RTM_NEWLINK(veth " + name + ")");
}

}  // namespace clew
