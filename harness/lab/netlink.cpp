#include "harness/lab/netlink.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "harness/check.h"
#include "harness/error.h"

namespace clew {

// One request, built from front to back; nested attributes are closed by hand.
class Netlink::Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags) {
    header().nlmsg_len = NLMSG_LENGTH(0);
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  }

  template <class Body>
  Message& body(const Body& value) {
    append(&value, sizeof value);
    return *this;
  }
  Message& attribute(std::uint16_t type, const void* data, std::size_t size) {
    const std::size_t at = open(type);
    append(data, size);
    close(at);
    return *this;
  }
  template <class Value>
  Message& attribute(std::uint16_t type, const Value& value) {
    return attribute(type, &value, sizeof value);
  }
  Message& text(std::uint16_t type, const std::string& value) {
    return attribute(type, value.c_str(), value.size() + 1);
  }
  std::size_t open(std::uint16_t type) {
    const std::size_t at = header().nlmsg_len;
    const rtattr start{RTA_LENGTH(0), type};
    append(&start, sizeof start);
    return at;
  }
  void close(std::size_t at) {
    const auto length = static_cast<std::uint16_t>(header().nlmsg_len - at);
    std::memcpy(&bytes_[at], &length, sizeof length);
    header().nlmsg_len = NLMSG_ALIGN(header().nlmsg_len);
  }

  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    CLEW_CHECK(header().nlmsg_len + size + NLMSG_ALIGNTO <= sizeof bytes_);
    std::memcpy(&bytes_[header().nlmsg_len], data, size);
    header().nlmsg_len += static_cast<std::uint32_t>(size);
  }

  alignas(nlmsghdr) char bytes_[1024]{};
};

Netlink::Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
  if (!socket_) throw EnvironmentError(errno_text("socket(AF_NETLINK)", errno));
}

// The kernel works off a request before send() returns, so its answer is there.
void Netlink::send(Message& message, const std::string& what) {
  message.header().nlmsg_seq = ++sequence_;
  if (::send(socket_.get(), &message.header(), message.header().nlmsg_len, 0) < 0)
    throw EnvironmentError(errno_text("netlink: " + what, errno));
  alignas(nlmsghdr) char answer[2048];
  while (true) {
    const ssize_t got = ::recv(socket_.get(), answer, sizeof answer, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))))
      throw EnvironmentError("netlink: " + what + ": no answer from the kernel");
    const auto& header = *reinterpret_cast<const nlmsghdr*>(answer);
    if (header.nlmsg_seq != sequence_ || header.nlmsg_type != NLMSG_ERROR) continue;
    const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(&header));
    if (error->error != 0) throw EnvironmentError(errno_text("netlink: " + what, -error->error));
    return;
  }
}

int Netlink::index_of(const std::string& name) const {
  ifreq request{};
  CLEW_CHECK(name.size() < sizeof request.ifr_name);
  std::memcpy(request.ifr_name, name.c_str(), name.size() + 1);
  if (::ioctl(socket_.get(), SIOCGIFINDEX, &request) != 0)
    throw EnvironmentError(errno_text("ioctl(" + name + ", SIOCGIFINDEX)", errno));
  return request.ifr_ifindex;
}

void Netlink::add_veth(const std::string& name, const std::string& peer, int peer_netns) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.body(ifinfomsg{}).text(IFLA_IFNAME, name);
  const std::size_t info = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  const std::size_t data = message.open(IFLA_INFO_DATA);
  const std::size_t other = message.open(VETH_INFO_PEER);
  message.body(ifinfomsg{}).text(IFLA_IFNAME, peer).attribute(IFLA_NET_NS_FD, peer_netns);
  message.close(other);
  message.close(data);
  message.close(info);
  send(message, "add veth " + name);
}

void Netlink::set_mac(const std::string& name, const Mac& mac) {
  ifinfomsg link{};
  link.ifi_index = index_of(name);
  Message message(RTM_NEWLINK, 0);
  message.body(link).attribute(IFLA_ADDRESS, mac);
  send(message, "set the MAC of " + name);
}

void Netlink::set_up(const std::string& name) {
  ifinfomsg link{};
  link.ifi_index = index_of(name);
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
  Message message(RTM_NEWLINK, 0);
  message.body(link);
  send(message, "set " + name + " up");
}

void Netlink::add_address(const std::string& name, std::uint32_t address, std::uint8_t prefix) {
  ifaddrmsg head{};
  head.ifa_family = AF_INET;
  head.ifa_prefixlen = prefix;
  head.ifa_index = static_cast<std::uint32_t>(index_of(name));
  const std::uint32_t wire = htonl(address);
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  message.body(head).attribute(IFA_LOCAL, wire).attribute(IFA_ADDRESS, wire);
  send(message, "add an address to " + name);
}

void Netlink::add_neighbour(const std::string& name, std::uint32_t address, const Mac& mac) {
  ndmsg head{};
  head.ndm_family = AF_INET;
  head.ndm_ifindex = index_of(name);
  head.ndm_state = NUD_PERMANENT;
  const std::uint32_t wire = htonl(address);
  Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  message.body(head).attribute(NDA_DST, wire).attribute(NDA_LLADDR, mac);
  send(message, "add a neighbour to " + name);
}

}  // namespace clew
