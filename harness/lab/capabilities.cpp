#include "harness/lab/capabilities.h"

#include <fcntl.h>
#include <unistd.h>

#include "harness/error.h"
#include "harness/fd.h"
#include "harness/lab/interface.h"
#include "harness/lab/port.h"
#include "harness/lab/sandbox.h"

namespace clew {
namespace {

bool can_open(const char* device) {
  return static_cast<bool>(Fd(::open(device, O_RDWR | O_CLOEXEC)));
}

bool works_in_sandbox(bool (*step)()) {
  try {
    return run_in_sandbox([&] { return step() ? 0 : 1; }) == 0;
  } catch (const EnvironmentError&) { return false; }
}

bool veth_works() {
  try {
    const PortMaker maker(PortKind::veth);
    (void)maker.make(make_network_namespace(), 1, 0x0a580001U);
    return true;
  } catch (const EnvironmentError&) { return false; }
}

}  // namespace

std::vector<Capability> probe_capabilities() {
  const bool tun = can_open("/dev/net/tun");
  return {
      {"namespaces (root, or user namespaces)", works_in_sandbox([] { return true; }),
       "clew test does not run at all",
       "run as root, or sysctl -w kernel.unprivileged_userns_clone=1 "
       "user.max_user_namespaces=10000"},
      {"network between nodes (tap or veth)", tun || works_in_sandbox(veth_works),
       "clew test does not run at all",
       "chmod 666 /dev/net/tun, or a kernel with veth and AF_PACKET"},
      {"/dev/net/tun", tun, "nothing: veth pairs serve instead", "chmod 666 /dev/net/tun"},
      {"TCP timeouts that end soon after a heal (Linux 6.15)",
       ::access("/proc/sys/net/ipv4/tcp_rto_max_ms", F_OK) == 0,
       "after a cut, connections stay silent for about as long as the cut was", "a newer kernel"},
      {"apt-get and dpkg-deb",
       ::access("/usr/bin/apt-get", X_OK) == 0 && ::access("/usr/bin/dpkg-deb", X_OK) == 0,
       "servers are not fetched; name one by --bin PATH", "Debian or Ubuntu"},
  };
}

}  // namespace clew
