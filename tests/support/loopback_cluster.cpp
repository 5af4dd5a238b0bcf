#include "tests/support/loopback_cluster.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "harness/dial.h"
#include "harness/error.h"

namespace clew {

namespace fs = std::filesystem;

LoopbackCluster::LoopbackCluster(int nodes, const fs::path& dir) : dir_(fs::absolute(dir)) {
  reserve_addresses();
  for (int id = 1; id <= nodes; ++id) {
    nodes_.push_back({.id = id,
                      .name = "n" + std::to_string(id),
                      .address = "127.88." + std::to_string(block_) + "." + std::to_string(id)});
    fs::create_directories(data_dir(nodes_.back()));
  }
  processes_.resize(nodes_.size());
  at_exec_.resize(nodes_.size());
  spawner_ = std::jthread([this](const std::stop_token& stop) { spawn_on_request(stop); });
}

LoopbackCluster::~LoopbackCluster() {
  for (const Node& node : nodes_) signal(node, SIGKILL);
  processes_.clear();  // Each waits for its end.
}

// A name in the abstract namespace is free again the moment its owner ends.
void LoopbackCluster::reserve_addresses() {
  reservation_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (int block = 0; block < 256; ++block) {
    const std::string name = "clew-loopback-cluster-" + std::to_string(block);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(reservation_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) {
      block_ = block;
      return;
    }
    if (errno != EADDRINUSE) break;
  }
  throw EnvironmentError(errno_text("bind(clew-loopback-cluster)", errno));
}

fs::path LoopbackCluster::data_dir(const Node& node) const { return dir_ / node.name / "data"; }
fs::path LoopbackCluster::log_file(const Node& node) const { return dir_ / node.name / "log"; }

std::shared_ptr<Process> LoopbackCluster::process(const Node& node) const {
  const std::lock_guard lock(mutex_);
  return processes_.at(static_cast<std::size_t>(node.id - 1));
}

void LoopbackCluster::start(const Node& node, const Command& command) {
  const std::lock_guard starting(starting_);
  const auto before = process(node);
  if (before && before->status().life != Life::gone)
    throw HarnessError("a server is still alive on " + node.name);
  SpawnOptions options{.argv = command.argv,
                       .env = {"PATH=/usr/local/bin:/usr/bin:/bin"},
                       .log = log_file(node),
                       .cwd = data_dir(node),
                       .die_with_thread = true,
                       .at_exec = at_exec_.at(static_cast<std::size_t>(node.id - 1))};
  options.env.insert(options.env.end(), command.env.begin(), command.env.end());
  Spawn request([options] { return std::make_shared<Process>(options); });
  auto spawned = request.get_future();
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  requested_.notify_one();
  auto process = spawned.get();  // Rethrows what the spawner met.
  const std::lock_guard lock(mutex_);
  processes_.at(static_cast<std::size_t>(node.id - 1)) = std::move(process);
}

void LoopbackCluster::spawn_on_request(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (requested_.wait(lock, stop, [this] { return !requests_.empty(); })) {
    std::vector<Spawn> requests = std::move(requests_);
    requests_.clear();
    lock.unlock();
    for (Spawn& request : requests) request();
    lock.lock();
  }
}

void LoopbackCluster::at_exec(const Node& node, const AtExec& hook) {
  const std::lock_guard starting(starting_);
  AtExec& at = at_exec_.at(static_cast<std::size_t>(node.id - 1));
  if (hook && at) throw HarnessError("there is a hook already on " + node.name);
  at = hook;
}

void LoopbackCluster::signal(const Node& node, int signal_number) {
  if (const auto child = process(node)) child->signal(signal_number);
}

ProcessStatus LoopbackCluster::status(const Node& node) const {
  const auto child = process(node);
  return child ? child->status() : ProcessStatus{};
}

bool LoopbackCluster::await(const Node& node, Life wanted, Deadline deadline) const {
  const auto child = process(node);
  return child ? child->await(wanted, deadline) : wanted == Life::absent;
}

Fd LoopbackCluster::dial(const Node& node, std::uint16_t port, Deadline deadline,
                         std::string& why) {
  int error = 0;
  Fd socket = dial_tcp(node.address, port, deadline, error);
  if (!socket)
    why = errno_text("connect(" + node.address + ":" + std::to_string(port) + ")", error);
  return socket;
}

}  // namespace clew
