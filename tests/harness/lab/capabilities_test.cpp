#include "harness/lab/capabilities.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "inside.h"

namespace clew {
namespace {

const Capability& named(const std::vector<Capability>& all, const std::string& name) {
  for (const Capability& one : all)
    if (one.name == name) return one;
  static const Capability none;
  ADD_FAILURE() << "no capability " << name;
  return none;
}

TEST(Capabilities, EachIsNamedWithItsCostAndMissingOnesWithTheirCure) {
  const auto all = probe_capabilities();
  for (const char* name :
       {"namespaces", "/dev/net/tun", "/dev/fuse", "ptrace", "net.ipv4.tcp_rto_max_ms"}) {
    const Capability& one = named(all, name);
    std::fprintf(stderr, "%s: %s, %s\n", name, one.available ? "yes" : "no", one.found.c_str());
    EXPECT_FALSE(one.found.empty()) << name;
    EXPECT_FALSE(one.cost.empty()) << name;
    EXPECT_EQ(one.mend.empty(), one.available) << name;
  }
  EXPECT_EQ(named(all, "namespaces").available, sandbox_available());
  EXPECT_EQ(named(all, "/dev/net/tun").available, best_port_kind() == PortKind::tap);
}

// What root may open and others may not is found missing by others.
TEST(Capabilities, AreThoseOfTheUserWhoAsks) {
  CLEW_NEEDS_ROOT();
  struct stat tun {};
  if (::stat("/dev/net/tun", &tun) != 0 || (tun.st_mode & 0006) != 0)
    GTEST_SKIP() << "/dev/net/tun is not there, or open to all";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(9);
    ::prctl(PR_SET_DUMPABLE, 1);
    const Capability one = named(probe_capabilities(), "/dev/net/tun");
    const bool right = !one.available && one.mend == "as root: chmod 666 /dev/net/tun" &&
                       one.found.find("EACCES") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace clew
