#include "harness/lab/lab.h"

#include <signal.h>
#include <sys/mount.h>

#include <cerrno>

#include "harness/check.h"
#include "harness/dial.h"
#include "harness/error.h"
#include "harness/lab/interface.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t network_address = 0x0a580000U;  // 10.88.0.0/16
constexpr std::uint32_t clients_address = 0x0a58fffeU;  // 10.88.255.254

// Best effort: a setting that this kernel lacks is one that it does not need.
void tune(const LabOptions& options) {
  set_sysctl("net/ipv6/conf/all/disable_ipv6", "1");
  if (options.fast_tcp_recovery) set_sysctl("net/ipv4/tcp_rto_max_ms", "1000");
}

}  // namespace

Lab::Lab(int nodes, const fs::path& nodes_dir, const LabOptions& options) : nodes_dir_(nodes_dir) {
  CLEW_CHECK(nodes >= 1 && nodes <= nodes_max);
  for (int i = 1; i <= nodes; ++i)
    nodes_.push_back(
        {.id = i, .name = "n" + std::to_string(i), .address = "10.88.0." + std::to_string(i)});
  make_folders(options);
  const PortMaker maker(options.ports);
  std::vector<Port> ports;
  tune(options);
  ports.push_back(maker.make(Fd(), 0, clients_address));
  for (int i = 1; i <= nodes; ++i) {
    auto place = std::make_unique<Place>();
    place->network_namespace = make_network_namespace();
    inside(place->network_namespace, [&] { tune(options); });
    const auto number = static_cast<unsigned>(i);
    ports.push_back(maker.make(place->network_namespace, number, network_address + number));
    places_.push_back(std::move(place));
  }
  switch_ = std::make_unique<Switch>(std::move(ports), options.seed);
}

Lab::~Lab() {
  for (const auto& place : places_)
    if (place->process) place->process->signal(SIGKILL);
  for (const auto& place : places_) place->process.reset();  // Waits for its end.
}

void Lab::make_folders(const LabOptions& options) {
  for (const Node& node : nodes_) {
    std::error_code error;
    const fs::path data = data_dir(node);
    fs::create_directories(data, error);
    if (error)
      throw EnvironmentError("cannot make the folder " + data.string() + ": " + error.message());
    if (!options.data_on_tmpfs) continue;
    const std::string size = "mode=0700,size=" + std::to_string(options.tmpfs_bytes_per_node);
    if (::mount("clew", data.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) != 0)
      throw EnvironmentError(errno_text("mount(tmpfs, " + data.string() + ")", errno));
  }
}

fs::path Lab::data_dir(const Node& node) const { return nodes_dir_ / node.name / "data"; }
fs::path Lab::log_file(const Node& node) const { return nodes_dir_ / node.name / "log"; }

void Lab::start(const Node& node, const Command& command) {
  Place& here = place(node);
  const std::lock_guard lock(here.mutex);
  if (here.process && here.process->status().life != Life::gone)
    throw HarnessError(node.name + ": its server is alive already");
  SpawnOptions options{.argv = command.argv,
                       .env = {"PATH=/usr/local/bin:/usr/bin:/bin"},
                       .cwd = data_dir(node),
                       .log = log_file(node),
                       .network_namespace = here.network_namespace.get()};
  options.env.insert(options.env.end(), command.env.begin(), command.env.end());
  here.process = std::make_shared<Process>(options);
}

std::shared_ptr<Process> Lab::process(const Node& node) const {
  const Place& here = place(node);
  const std::lock_guard lock(here.mutex);
  return here.process;
}

void Lab::signal(const Node& node, int signal_number) {
  if (const auto server = process(node)) server->signal(signal_number);
}

ProcessStatus Lab::status(const Node& node) const {
  const auto server = process(node);
  return server ? server->status() : ProcessStatus{};
}

bool Lab::await(const Node& node, Life wanted, Deadline deadline) const {
  const auto server = process(node);
  return server ? server->await(wanted, deadline) : wanted == Life::absent;
}

Fd Lab::dial(const Node& node, std::uint16_t port, Deadline deadline, std::string& why) {
  return dial_tcp(node.address, port, deadline, why);
}

}  // namespace clew
