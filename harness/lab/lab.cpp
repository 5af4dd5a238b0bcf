#include "harness/lab/lab.h"

#include <sys/mount.h>

#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>

#include "harness/check.h"
#include "harness/dial.h"
#include "harness/error.h"
#include "harness/lab/fuse_disk.h"
#include "harness/lab/sandbox.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
namespace fs = std::filesystem;

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw EnvironmentError(errno_text("mkdir(" + path.string() + ")", error.value()));
}

void mount_tmpfs(const fs::path& at, std::uint64_t bytes) {
  const std::string how = "mode=0755,size=" + std::to_string(bytes);
  if (::mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, how.c_str()) != 0)
    throw EnvironmentError(errno_text("mount(tmpfs, " + at.string() + ")", errno));
}

// "connection refused"
std::string lower_case(int error) {
  const char* known = ::strerrordesc_np(error);
  std::string text = known != nullptr ? known : "error " + std::to_string(error);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

struct Lab::Machine {
  std::mutex mutex;  // Guards these; held while a process is started.
  AtExec at_exec;
  std::unique_ptr<FuseDisk> disk;  // Before the process: it goes after it.
  Running process;
};

Lab::Lab(int nodes, const fs::path& nodes_dir, const LabOptions& options)
    : nodes_dir_(fs::absolute(nodes_dir)),
      port_kind_(options.port_kind ? *options.port_kind : best_port_kind()) {
  if (!in_sandbox()) throw HarnessError("a lab was asked for outside of the sandbox");
  ports_ = make_ports({port_kind_, nodes, options.tcp_fast_recovery});
  for (int id = 1; id <= nodes; ++id) {
    const Node& node = nodes_.emplace_back(Node{id, "n" + std::to_string(id), port_address(id)});
    machines_.push_back(std::make_unique<Machine>());
    make_folder(data_dir(node));
    const fs::path folder = nodes_dir_ / node.name;
    const fs::path bytes = options.lossy_disks ? folder / "disk" : data_dir(node);
    make_folder(bytes);
    if (options.data_on_tmpfs) mount_tmpfs(bytes, options.tmpfs_bytes_per_node);
    if (options.lossy_disks)
      machines_.back()->disk =
          std::make_unique<FuseDisk>(bytes, data_dir(node), folder / "disk.log");
  }
  std::vector<int> plugs;
  for (const Port& port : ports_) plugs.push_back(port.frames.get());
  switch_ = std::make_unique<Switch>(std::move(plugs), Rng::stream(options.seed, "switch"));
}

Lab::~Lab() {
  for (const Node& node : nodes_) signal(node, SIGKILL);  // All at once, then wait for each.
  machines_.clear();
}

Lab::Machine& Lab::machine(const Node& node) const {
  CLEW_CHECK(node.id >= 1 && node.id <= static_cast<int>(machines_.size()));
  return *machines_[static_cast<std::size_t>(node.id - 1)];
}

Lab::Running Lab::current(const Node& node) const {
  Machine& at = machine(node);
  const std::lock_guard lock(at.mutex);
  return at.process;
}

fs::path Lab::data_dir(const Node& node) const { return nodes_dir_ / node.name / "data"; }

fs::path Lab::log_file(const Node& node) const { return nodes_dir_ / node.name / "log"; }

void Lab::start(const Node& node, const Command& command) {
  Machine& at = machine(node);
  const std::lock_guard lock(at.mutex);
  if (at.process && at.process->status().life != Life::gone)
    throw HarnessError("cannot start a server on " + node.name + ": process " +
                       std::to_string(at.process->pid()) + " is still alive there");
  if (at.process) at.process->signal(SIGKILL);  // What a wrapper left of its group.
  SpawnOptions options;
  options.argv = command.argv;
  options.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  options.env.insert(options.env.end(), command.env.begin(), command.env.end());
  options.log = log_file(node);
  options.cwd = nodes_dir_ / node.name;
  options.netns = netns(node.id);
  options.at_exec = at.at_exec;
  at.process = std::make_shared<const Process>(options);
}

void Lab::at_exec(const Node& node, const AtExec& hook) {
  Machine& at = machine(node);
  const std::lock_guard lock(at.mutex);
  if (hook && at.at_exec)
    throw HarnessError("something else is done already to servers that start on " + node.name);
  at.at_exec = hook;
}

Disk* Lab::disk(const Node& node) { return machine(node).disk.get(); }

void Lab::signal(const Node& node, int signal_number) {
  if (const Running process = current(node)) process->signal(signal_number);
}

ProcessStatus Lab::status(const Node& node) const {
  const Running process = current(node);
  return process ? process->status() : ProcessStatus{};
}

bool Lab::await(const Node& node, Life wanted, Deadline deadline) const {
  while (true) {
    const Running process = current(node);
    if (process ? process->await(wanted, deadline) : wanted == Life::absent) return true;
    if (left(deadline) == Nanos{0}) return false;
    // Absent, or gone while running was wanted: somebody may start it yet.
    std::this_thread::sleep_for(milliseconds(1));
  }
}

Fd Lab::dial(const Node& node, std::uint16_t port, Deadline deadline, std::string& why) {
  int error = 0;
  Fd socket = dial_tcp(node.address, port, deadline, error);
  if (!socket) why = lower_case(error);
  return socket;
}

}  // namespace clew
