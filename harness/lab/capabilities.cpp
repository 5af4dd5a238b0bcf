#include "harness/lab/capabilities.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "harness/error.h"
#include "harness/fd.h"
#include "harness/lab/sandbox.h"

namespace clew {
namespace {

// Inside a sandbox, as the lab would do it: root of a user namespace may be
// refused what root of the machine is not.
bool works_inside(const std::function<bool()>& probe) {
  try {
    return run_in_sandbox({}, [&] { return probe() ? 0 : 1; }) == 0;
  } catch (const EnvironmentError&) { return false; }
}

Capability namespaces() {
  Capability it{.name = "namespaces", .cost = "no embedded cluster at all", .required = true};
  try {
    it.available = run_in_sandbox({}, [] { return 0; }) == 0;
    it.found = ::geteuid() == 0 ? "as root" : "as a plain user";
  } catch (const EnvironmentError& error) {
    const std::string text = error.what();
    const auto split = text.find("; ");
    it.found = text.substr(0, split);
    it.mend = split == std::string::npos ? "" : text.substr(split + 2);
  }
  return it;
}

// Whether `path` can be opened for reading and writing inside.
Capability device(const std::string& path, const std::string& module, const std::string& cost) {
  Capability it{.name = path, .cost = cost};
  const auto opens = [&] {
    return static_cast<bool>(Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC)));
  };
  const bool outside = opens();
  const std::string why = outside ? "" : errno_text("open(" + path + ")", errno);
  it.available = works_inside(opens);
  it.found = it.available ? "can be opened" : why;
  if (it.available) return it;
  if (outside) {
    it.found = "can be opened, but there is no sandbox to use it in";
    it.mend = "allow namespaces first";
    return it;
  }
  it.mend = ::access(path.c_str(), F_OK) == 0 ? "as root: chmod 666 " + path
                                              : "as root: modprobe " + module;
  return it;
}

// A child that stops at once, attached to as the clock fault does.
bool can_trace() {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  if (child < 0) return false;
  const bool seized = ::ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0;
  const bool memory = static_cast<bool>(
      Fd(::open(("/proc/" + std::to_string(child) + "/mem").c_str(), O_RDWR | O_CLOEXEC)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return seized && memory;
}

Capability tracing() {
  Capability it{.name = "ptrace", .cost = "no clock faults"};
  it.available = works_inside(can_trace);
  if (it.available) {
    it.found = "a child can be attached to, and its memory written";
    return it;
  }
  int scope = 0;
  std::ifstream("/proc/sys/kernel/yama/ptrace_scope") >> scope;
  it.found = "a child cannot be attached to (yama ptrace_scope " + std::to_string(scope) + ")";
  it.mend = scope > 1 ? "as root: sysctl -w kernel.yama.ptrace_scope=1"
                      : "in a container: docker run --cap-add SYS_PTRACE";
  return it;
}

Capability fast_recovery() {
  Capability it{.name = "net.ipv4.tcp_rto_max_ms",
                .cost = "connections may take as long again as a cut lasted to resume after it"};
  it.available = works_inside([] {
    const Fd knob(::open("/proc/sys/net/ipv4/tcp_rto_max_ms", O_WRONLY | O_CLOEXEC));
    return knob && ::write(knob.get(), "1000", 4) == 4;
  });
  it.found = it.available ? "can be set in a namespace" : "this kernel does not have it";
  if (!it.available) it.mend = "a kernel of 6.15 or later";
  return it;
}

}  // namespace

std::vector<Capability> probe_capabilities() {
  std::vector<Capability> all;
  all.push_back(namespaces());
  all.push_back(
      device("/dev/net/tun", "tun", "the lab uses veth pairs and packet sockets instead"));
  all.push_back(device("/dev/fuse", "fuse",
                       "no disk, no power-loss, so no --nemesis all; no fault on an fsync"));
  all.push_back(tracing());
  all.push_back(fast_recovery());
  return all;
}

}  // namespace clew
