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

#include "harness/base64.h"
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
constexpr auto serving_patience = std::chrono::seconds(2);
constexpr auto dial_again_after = std::chrono::milliseconds(5);
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

// Of a log that may be long: only its end is read.
std::string last_line(const fs::path& file) {
  constexpr std::streamoff tail = 4096;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  in.seekg(std::max<std::streamoff>(0, in.tellg() - tail));
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last.substr(0, 300);
}

class Etcd final : public System, public HasPrimary, public HasMembership {
 public:
  static constexpr std::string_view name = "etcd";
  static constexpr std::string_view summary =
      "the key-value store under Kubernetes, 3.4 to 3.6, over its JSON gateway";
  static constexpr std::array<OptionSpec, 6> options{{
      {"bin", OptionSpec::Kind::text, "",
       "the server to test; default Debian's, fetched into the cache"},
      {"serializable", OptionSpec::Kind::flag, "",
       "reads ask one node only: stale ones are to be expected"},
      {"guarded-writes", OptionSpec::Kind::flag, "",
       "writes are transactions that also read a compacted revision: etcd must refuse them whole"},
      {"node-arg", OptionSpec::Kind::many, "",
       "passed on to every server, as --node-arg=--unsafe-no-fsync"},
      // The timers are etcd's own. Shorter ones do not make it ready sooner, and elect for no
      // reason on a busy machine.
      {"heartbeat", OptionSpec::Kind::duration, "100ms", "of the leader"},
      {"election", OptionSpec::Kind::duration, "1s",
       "silence after which a follower wants to lead"},
  }};

  explicit Etcd(const Options& given)
      : bin_(given.text("bin")),
        client_{.serializable = given.flag("serializable"),
                .guarded_writes = given.flag("guarded-writes")},
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
    const std::vector<std::string> joins = members_to_join(node);
    for (const Node& each : cluster.nodes())
      if (joins.empty() || std::find(joins.begin(), joins.end(), each.name) != joins.end())
        members += (members.empty() ? "" : ",") + each.name + "=" + url(each.address, peer_port);
    // No --pre-vote: off in 3.4, on since 3.5, and tested as its users run it.
    Command command{
        .argv = {program_.string(), "--name=" + node.name,
                 "--data-dir=" + (cluster.data_dir(node) / "etcd").string(),
                 "--listen-peer-urls=" + url(node.address, peer_port),
                 "--initial-advertise-peer-urls=" + url(node.address, peer_port),
                 "--listen-client-urls=" + url(node.address, etcd_client_port),
                 "--advertise-client-urls=" + url(node.address, etcd_client_port),
                 "--initial-cluster=" + members,
                 std::string("--initial-cluster-state=") + (joins.empty() ? "new" : "existing"),
                 "--initial-cluster-token=clew",
                 "--heartbeat-interval=" + std::to_string(heartbeat_.count()),
                 "--election-timeout=" + std::to_string(election_.count()), "--logger=zap",
                 "--log-outputs=stderr"}};
    command.argv.insert(command.argv.end(), node_args_.begin(), node_args_.end());
    // A new member asks each other one, a second each, whether the cluster exists already. One
    // that listens but does not serve yet lets it wait the whole second: all of five, started
    // together, take four seconds. So the first starts go one by one, some 50 ms each.
    const std::lock_guard one_by_one(bootstrap_mutex_);
    cluster.start(node, command);
    if (bootstrapped_.insert(node.id).second) await_serving(cluster, node);
  }

  void await_ready(Cluster& cluster, Deadline deadline) override {
    Obstacle obstacle{.node = cluster.nodes().front(), .what = "was given no time to start"};
    while (left(deadline) > Nanos{0}) {
      const auto found = find_obstacle(cluster, deadline);
      if (!found) return client_.guarded_writes ? compact(cluster, deadline) : void();
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
    return std::make_unique<EtcdClient>(cluster, node, client_);
  }

  // etcd's raftTerm is the term of the last entry it applied, its leader what raft
  // knows now: right after an election a new leader may come with the old term.
  std::optional<Leadership> leadership(Cluster& cluster, const Node& node,
                                       Deadline deadline) override {
    const auto status = ask(cluster, node, "/v3/maintenance/status", deadline);
    if (!status || !status->contains("header")) return std::nullopt;
    Leadership claim{.term = static_cast<std::int64_t>(number(*status, "raftTerm"))};
    const std::uint64_t leader = number(*status, "leader");
    if (leader == 0) return claim;  // Left out where the node knows none.
    auto name_of_leader = name_of(leader);
    if (!name_of_leader) {
      const auto list = ask(cluster, node, "/v3/cluster/member/list", deadline);
      if (!list) return std::nullopt;
      learn_names(*list);
      name_of_leader = name_of(leader);
    }
    claim.leader = name_of_leader.value_or("");
    return claim;
  }

  std::optional<std::vector<Member>> members(Cluster& cluster, const Node& via,
                                             Deadline deadline) override {
    const auto list = ask(cluster, via, "/v3/cluster/member/list", deadline);
    if (!list || !list->contains("members") || !list->at("members").is_array()) return std::nullopt;
    learn_names(*list);
    std::vector<Member> members;
    for (const json& member : list->at("members")) {
      if (!member.is_object()) return std::nullopt;
      members.push_back({.id = number(member, "ID"),
                         .node = node_of(cluster, member),
                         .learner = member.value("isLearner", false),
                         .started = !member.value("name", "").empty()});
    }
    return members;
  }

  std::string remove_member(Cluster& cluster, const Node& via, std::uint64_t id,
                            Deadline deadline) override {
    return order(cluster, via, "/v3/cluster/member/remove", {{"ID", std::to_string(id)}}, deadline);
  }

  std::string add_member(Cluster& cluster, const Node& via, const Node& node, bool learner,
                         Deadline deadline) override {
    json body{{"peerURLs", {url(node.address, peer_port)}}};
    if (learner) body["isLearner"] = true;
    return order(cluster, via, "/v3/cluster/member/add", body, deadline);
  }

  std::string promote_member(Cluster& cluster, const Node& via, std::uint64_t id,
                             Deadline deadline) override {
    return order(cluster, via, "/v3/cluster/member/promote", {{"ID", std::to_string(id)}},
                 deadline);
  }

  std::string move_leader(Cluster& cluster, const Node& leader, std::uint64_t to,
                          Deadline deadline) override {
    return order(cluster, leader, "/v3/maintenance/transfer-leadership",
                 {{"targetID", std::to_string(to)}}, deadline);
  }

  void will_join(const Node& node, const std::vector<Member>& members) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string>& names = joins_[node.id];
    names.clear();
    for (const Member& member : members) names.push_back(member.node);
  }

 private:
  // The members that a node which joined later knew of; none: it was there from the start.
  std::vector<std::string> members_to_join(const Node& node) {
    const std::lock_guard lock(mutex_);
    const auto it = joins_.find(node.id);
    return it == joins_.end() ? std::vector<std::string>{} : it->second;
  }

  static std::string node_of(const Cluster& cluster, const json& member) {
    const auto urls = member.find("peerURLs");
    if (urls == member.end() || !urls->is_array()) return {};
    for (const Node& node : cluster.nodes())
      for (const json& each : *urls)
        if (each.is_string() && each.get_ref<const std::string&>() == url(node.address, peer_port))
          return node.name;
    return {};
  }

  // Sends one request that changes something. "" if it was accepted.
  static std::string order(Cluster& cluster, const Node& via, const std::string& path,
                           const json& body, Deadline deadline) {
    const HttpResult result = post(cluster, via, path, body.dump(), deadline);
    if (result.fate != HttpResult::Fate::answered) return via.name + ": " + result.error;
    if (result.status == 200) return {};
    const json answer = json::parse(result.body, nullptr, false);
    const std::string text =
        answer.is_object() ? answer.value("error", answer.value("message", "")) : "";
    return via.name + ": " + (text.empty() ? "HTTP " + std::to_string(result.status) : text);
  }

  // Returns when `node` serves its peers, or soon: what went wrong is await_ready()'s to tell.
  static void await_serving(Cluster& cluster, const Node& node) {
    const Deadline deadline = Clock::now() + serving_patience;
    while (left(deadline) > Nanos{0} && cluster.status(node).life == Life::running) {
      std::string why;
      Fd socket = cluster.dial(node, peer_port, deadline, why);
      if (socket) {
        HttpConnection connection(std::move(socket), node.address);
        if (connection.get("/members", deadline).fate == HttpResult::Fate::answered) return;
      }
      std::this_thread::sleep_for(dial_again_after);
    }
  }

  // One request on a connection of its own.
  static HttpResult post(Cluster& cluster, const Node& node, const std::string& path,
                         const std::string& body, Deadline deadline) {
    HttpResult result{.fate = HttpResult::Fate::not_sent};
    Fd socket = cluster.dial(node, etcd_client_port, deadline, result.error);
    if (!socket) return result;
    return HttpConnection(std::move(socket), node.address).post(path, body, deadline);
  }

  static std::optional<json> ask(Cluster& cluster, const Node& node, const std::string& path,
                                 Deadline deadline, const std::string& body = "{}") {
    const HttpResult result = post(cluster, node, path, body, deadline);
    if (result.fate != HttpResult::Fate::answered || result.status != 200) return std::nullopt;
    json answer = json::parse(result.body, nullptr, false);
    if (!answer.is_object()) return std::nullopt;
    return answer;
  }

  std::optional<std::string> name_of(std::uint64_t member) {
    const std::lock_guard lock(mutex_);
    const auto it = names_.find(member);
    return it == names_.end() ? std::nullopt : std::optional(it->second);
  }

  // A member that has not started yet has no name: it is left for a later list.
  void learn_names(const json& list) {
    const auto members = list.find("members");
    if (members == list.end() || !members->is_array()) return;
    const std::lock_guard lock(mutex_);
    for (const json& member : *members) {
      if (!member.is_object()) continue;
      const auto name_given = member.find("name");
      if (name_given == member.end() || !name_given->is_string()) continue;
      if (const auto text = name_given->get<std::string>(); !text.empty())
        names_[number(member, "ID")] = text;
    }
  }

  // Guarded writes read revision 1: it must not be there any more.
  static void compact(Cluster& cluster, Deadline deadline) {
    const Node& node = cluster.nodes().front();
    const std::string key = base64_encode("clew-compacted");
    const auto put =
        ask(cluster, node, "/v3/kv/put", deadline, json{{"key", key}, {"value", key}}.dump());
    const json* header = put && put->contains("header") ? &put->at("header") : nullptr;
    const std::uint64_t revision = header == nullptr ? 0 : number(*header, "revision");
    if (revision == 0 || !order(cluster, node, "/v3/kv/compaction",
                                {{"revision", std::to_string(revision)}}, deadline)
                              .empty())
      throw EnvironmentError("etcd is not ready: " + node.name + " does not compact");
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
  const EtcdClientOptions client_;
  const std::vector<std::string> node_args_;
  const std::chrono::milliseconds heartbeat_;
  const std::chrono::milliseconds election_;
  fs::path program_;
  std::string version_;
  std::mutex bootstrap_mutex_;
  std::set<int> bootstrapped_;  // Nodes that were started once.
  std::mutex mutex_;
  std::map<int, std::vector<std::string>> joins_;  // By node id: members when it joined again.
  std::map<std::uint64_t, std::string> names_;     // By member id, from the nodes' own lists.
};

const Register<System, Etcd> registered;

}  // namespace
}  // namespace clew
