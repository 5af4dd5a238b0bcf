// etcd: the store under Kubernetes. Versions 3.4 to 3.6, Debian's by default.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "harness/error.h"
#include "harness/process.h"
#include "harness/system.h"
#include "harness/systems/debian_package.h"
#include "harness/systems/etcd_client.h"

namespace clew {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint16_t peer_port = 2380;
constexpr auto ask_patience = std::chrono::milliseconds(500);
constexpr auto ask_again_after = std::chrono::milliseconds(20);

std::string url(const std::string& address, std::uint16_t port) {
  return "http://" + address + ":" + std::to_string(port);
}

// 64-bit numbers come as strings through the gateway.
std::uint64_t number(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return 0;
  if (member->is_number_unsigned()) return member->get<std::uint64_t>();
  if (!member->is_string()) return 0;
  return std::strtoull(member->get_ref<const std::string&>().c_str(), nullptr, 10);
}

std::string last_line(const fs::path& file) {
  std::ifstream in(file);
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last.substr(0, 300);
}

class Etcd final : public System, public HasPrimary {
 public:
  static constexpr std::string_view name = "etcd";
  static constexpr std::string_view summary =
      "the key-value store under Kubernetes, 3.4 to 3.6, over its JSON gateway";
  static constexpr std::array<OptionSpec, 5> options{{
      {"bin", OptionSpec::Kind::text, "",
       "the server to test; default Debian's, fetched into the cache"},
      {"serializable", OptionSpec::Kind::flag, "",
       "reads ask one node only: stale ones are to be expected"},
      {"node-arg", OptionSpec::Kind::many, "",
       "passed on to every server, as --node-arg=--unsafe-no-fsync"},
      {"heartbeat", OptionSpec::Kind::duration, "50ms", "of the leader"},
      {"election", OptionSpec::Kind::duration, "500ms",
       "silence after which a follower wants to lead"},
  }};

  explicit Etcd(const Options& given)
      : bin_(given.text("bin")),
        serializable_(given.flag("serializable")),
        node_args_(given.many("node-arg")),
        heartbeat_(
            std::chrono::duration_cast<std::chrono::milliseconds>(given.duration("heartbeat"))),
        election_(
            std::chrono::duration_cast<std::chrono::milliseconds>(given.duration("election"))) {
    if (heartbeat_.count() < 1 || election_ < 5 * heartbeat_)
      throw UsageError("--election: etcd wants at least five times the heartbeat of " +
                       std::to_string(heartbeat_.count()) + " ms");
  }

  void prepare(const fs::path& cache) override {
    if (bin_.empty()) {
      program_ = fetch_debian_package("etcd-server", cache) / "usr/bin/etcd";
    } else {
      program_ = fs::absolute(bin_);
      if (::access(program_.c_str(), X_OK) != 0 || fs::is_directory(program_))
        throw UsageError("--bin: " + bin_ + " is no program that can be run");
    }
    const CommandResult result =
        run_command({program_.string(), "--version"}, Clock::now() + std::chrono::seconds(10));
    static constexpr std::string_view label = "etcd Version: ";
    const std::size_t at = result.out.find(label);
    if (result.exit_code != 0 || at == std::string::npos)
      throw EnvironmentError(program_.string() +
                             " --version does not answer as etcd does; name another by --bin PATH");
    version_ = result.out.substr(at + label.size(), result.out.find('\n', at) - at - label.size());
    if (version_.rfind("3.4.", 0) != 0 && version_.rfind("3.5.", 0) != 0 &&
        version_.rfind("3.6.", 0) != 0)
      throw EnvironmentError("etcd " + version_ +
                             " is not supported; name one of 3.4 to 3.6 by --bin PATH");
  }

  std::string version() const override { return version_; }
  fs::path program() const override { return program_; }

  void start(Cluster& cluster, const Node& node) override {
    std::string members;
    for (const Node& each : cluster.nodes())
      members += (members.empty() ? "" : ",") + each.name + "=" + url(each.address, peer_port);
    Command command{.argv = {program_.string(), "--name=" + node.name,
                             "--data-dir=" + (cluster.data_dir(node) / "etcd").string(),
                             "--listen-peer-urls=" + url(node.address, peer_port),
                             "--initial-advertise-peer-urls=" + url(node.address, peer_port),
                             "--listen-client-urls=" + url(node.address, etcd_client_port),
                             "--advertise-client-urls=" + url(node.address, etcd_client_port),
                             "--initial-cluster=" + members, "--initial-cluster-state=new",
                             "--initial-cluster-token=clew",
                             "--heartbeat-interval=" + std::to_string(heartbeat_.count()),
                             "--election-timeout=" + std::to_string(election_.count()),
                             "--logger=zap", "--log-outputs=stderr"}};
    command.argv.insert(command.argv.end(), node_args_.begin(), node_args_.end());
    cluster.start(node, command);
    if (first_start(node)) await_peer_port(cluster, node);
  }

  void await_ready(Cluster& cluster, Deadline deadline) override {
    Obstacle obstacle{.node = cluster.nodes().front(), .what = "was given no time to start"};
    while (left(deadline) > Nanos{0}) {
      const auto found = find_obstacle(cluster, deadline);
      if (!found) return;
      obstacle = *found;
      for (const Node& node : cluster.nodes()) {
        const ProcessStatus status = cluster.status(node);
        if (status.life == Life::gone) give_up(cluster, {node, status.ending});
      }
      std::this_thread::sleep_for(ask_again_after);
    }
    give_up(cluster, obstacle);
  }

  std::unique_ptr<Client> connect(Cluster& cluster, const Node& node) override {
    return std::make_unique<EtcdClient>(cluster, node, serializable_);
  }

  std::optional<Leadership> leadership(Cluster& cluster, const Node& node,
                                       Deadline deadline) override {
    const auto status = ask(cluster, node, "/v3/maintenance/status", deadline);
    if (!status || !status->contains("header")) return std::nullopt;
    const std::uint64_t member = number((*status)["header"], "member_id");
    const std::uint64_t leader = number(*status, "leader");
    const std::lock_guard lock(mutex_);
    if (member != 0) names_[member] = node.name;
    Leadership claim{.term = static_cast<std::int64_t>(number(*status, "raftTerm"))};
    if (const auto it = names_.find(leader); leader != 0 && it != names_.end())
      claim.leader = it->second;
    return claim;
  }

 private:
  static std::optional<json> ask(Cluster& cluster, const Node& node, const std::string& path,
                                 Deadline deadline, const std::string& body = "{}") {
    std::string why;
    Fd socket = cluster.dial(node, etcd_client_port, deadline, why);
    if (!socket) return std::nullopt;
    HttpConnection connection(std::move(socket), node.address);
    const HttpResult result = connection.post(path, body, deadline);
    if (result.fate != HttpResult::Fate::answered || result.status != 200) return std::nullopt;
    json answer = json::parse(result.body, nullptr, false);
    if (!answer.is_object()) return std::nullopt;
    return answer;
  }

  bool first_start(const Node& node) {
    const std::lock_guard lock(mutex_);
    return started_.insert(node.name).second;
  }

  // A node without data asks each of the others whether the cluster exists, one
  // after the other, a second each. One that listens but does not serve yet lets
  // it wait all that second, and when all start at once they all wait for each
  // other: 4 s with five nodes. So each goes on only when the one before serves.
  static void await_peer_port(Cluster& cluster, const Node& node) {
    const Deadline deadline = Clock::now() + std::chrono::seconds(1);
    while (left(deadline) > Nanos{0} && cluster.status(node).life == Life::running) {
      std::string why;
      Fd socket = cluster.dial(node, peer_port, deadline, why);
      if (socket) {
        HttpConnection(std::move(socket), node.address).post("/members", "", deadline);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  // Why the cluster is not ready.
  struct Obstacle {
    Node node;
    std::string what;
  };

  [[noreturn]] static void give_up(Cluster& cluster, const Obstacle& obstacle) {
    const std::string last = last_line(cluster.log_file(obstacle.node));
    throw EnvironmentError("etcd is not ready: " + obstacle.node.name + " " + obstacle.what +
                           (last.empty() ? "; it logged nothing" : "; its last words: " + last));
  }

  // Nothing when all is well: each node answers, all know one leader of one
  // term, and a linearizable read through each succeeds.
  std::optional<Obstacle> find_obstacle(Cluster& cluster, Deadline deadline) {
    // Every node is asked before any is judged: a claim names its leader by a
    // number, and which node that is only the leader's own answer tells.
    for (const Node& node : cluster.nodes())
      if (!leadership(cluster, node, soon(deadline))) return Obstacle{node, "does not answer"};
    std::set<std::pair<std::string, std::int64_t>> leaders;
    for (const Node& node : cluster.nodes()) {
      const auto claim = leadership(cluster, node, soon(deadline));
      if (!claim) return Obstacle{node, "does not answer"};
      if (claim->leader.empty()) return Obstacle{node, "knows no leader"};
      leaders.emplace(claim->leader, claim->term);
      if (leaders.size() > 1)
        return Obstacle{node, "names another leader than " + cluster.nodes().front().name};
    }
    for (const Node& node : cluster.nodes())
      if (!ask(cluster, node, "/v3/kv/range", soon(deadline), R"({"key":"Y2xldw=="})"))
        return Obstacle{node, "does not serve a linearizable read"};
    return std::nullopt;
  }

  static Deadline soon(Deadline deadline) {
    return std::min(deadline, Clock::now() + ask_patience);
  }

  const std::string bin_;
  const bool serializable_;
  const std::vector<std::string> node_args_;
  const std::chrono::milliseconds heartbeat_;
  const std::chrono::milliseconds election_;
  fs::path program_;
  std::string version_;
  std::mutex mutex_;  // Guards the rest.
  std::set<std::string> started_;
  std::map<std::uint64_t, std::string> names_;  // Learnt from the nodes' own answers.
};

const Register<System, Etcd> registered;

}  // namespace
}  // namespace clew
