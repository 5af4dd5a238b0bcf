// etcd_bare_loop [NODES [THREADS [SECONDS [NAME=VALUE...]]]]
//
// Starts etcd on loopback addresses, tells how long that took to the first write,
// and runs the bare loop on it. Options of the plug-in go as heartbeat=50ms.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "harness/error.h"
#include "tests/support/bare_loop.h"
#include "tests/support/loopback_cluster.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

int number(int argc, char** argv, int index, int fallback) {
  return argc > index ? std::atoi(argv[index]) : fallback;
}

Options options_of(const std::vector<OptionSpec>& specs, int argc, char** argv) {
  std::map<std::string, std::vector<std::string>, std::less<>> given;
  for (const OptionSpec& spec : specs) {
    auto& values = given[std::string(spec.name)];
    if (!spec.fallback.empty()) values.emplace_back(spec.fallback);
  }
  for (int i = 4; i < argc; ++i) {
    const std::string word = argv[i];
    given[word.substr(0, word.find('='))].push_back(word.substr(word.find('=') + 1));
  }
  return Options(std::move(given));
}

Nanos first_write(System& system, Cluster& cluster, Deadline since) {
  const auto client = system.connect(cluster, cluster.nodes()[0]);
  const Op op{.f = "write", .key = "first", .value = 1};
  const Completion done = client->invoke(op, Clock::now() + std::chrono::seconds(10));
  if (done.kind != Kind::ok) throw EnvironmentError("the first write: " + done.error);
  return Clock::now() - since;
}

int run(int argc, char** argv) {
  const int nodes = number(argc, argv, 1, 3);
  const auto& entry = SystemRegistry::instance().find("system", "etcd");
  const auto system =
      entry.make(options_of({entry.options.begin(), entry.options.end()}, argc, argv));
  const char* home = std::getenv("HOME");
  system->prepare(std::filesystem::path(home != nullptr ? home : "/var/tmp") / ".cache/clew");
  const TemporaryFolder folder;
  LoopbackCluster cluster(nodes, folder.path());
  const auto begin = Clock::now();
  for (const Node& node : cluster.nodes()) system->start(cluster, node);
  system->await_ready(cluster, Clock::now() + std::chrono::seconds(60));
  const Nanos ready = Clock::now() - begin;
  const Nanos written = first_write(*system, cluster, begin);
  std::printf("etcd %s, %d nodes: ready %s, first write %s\n", system->version().c_str(), nodes,
              format_duration(ready).c_str(), format_duration(written).c_str());

  const BareLoopLoad load{.threads = number(argc, argv, 2, 16),
                          .duration = std::chrono::seconds(number(argc, argv, 3, 5))};
  if (load.duration == Nanos{0}) return 0;
  const BareLoopCount count = run_bare_loop(*system, cluster, load);
  std::printf("%d threads: %.0f ops/s (%llu ok, %llu fail, %llu info in %s)\n", load.threads,
              count.per_second(), static_cast<unsigned long long>(count.ok),
              static_cast<unsigned long long>(count.fail),
              static_cast<unsigned long long>(count.info), format_duration(count.elapsed).c_str());
  for (const Node& node : cluster.nodes()) {
    const auto claim = dynamic_cast<HasPrimary&>(*system).leadership(
        cluster, node, Clock::now() + std::chrono::seconds(1));
    if (claim)
      std::printf("%s: leader %s, term %lld\n", node.name.c_str(), claim->leader.c_str(),
                  static_cast<long long>(claim->term));
  }
  return 0;
}

}  // namespace
}  // namespace clew

int main(int argc, char** argv) {
  try {
    return clew::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "etcd_bare_loop: %s\n", e.what());
    return 1;
  }
}
