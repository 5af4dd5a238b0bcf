// What etcd does on this machine without clew in between, by hand:
//   clew_etcd_bench NODES THREADS SECONDS [--option=value ...]
// with options of the system, as --heartbeat=50ms. Prints the time until the
// cluster was ready, and in several rounds what the clients reach alone, what
// they reach through the runner with everything recorded, and the ratio.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/bench/etcd_bare_loop.h"
#include "tests/support/loopback_cluster.h"

namespace {

using namespace clew;
namespace fs = std::filesystem;

std::unique_ptr<System> make_etcd(int count, char** arguments) {
  const auto& entry = SystemRegistry::instance().find("system", "etcd");
  std::map<std::string, std::vector<std::string>, std::less<>> given;
  for (const OptionSpec& option : entry.options)
    given[std::string(option.name)] = option.fallback.empty()
                                          ? std::vector<std::string>{}
                                          : std::vector{std::string(option.fallback)};
  for (int i = 0; i < count; ++i) {
    const std::string text = arguments[i];
    const std::size_t equals = text.find('=');
    if (text.rfind("--", 0) != 0 || equals == std::string::npos)
      throw UsageError("'" + text + "' is no --option=value");
    given[text.substr(2, equals - 2)] = {text.substr(equals + 1)};
  }
  return entry.make(Options(std::move(given)));
}

void show_leader(Cluster& cluster, System& system) {
  const auto claim = dynamic_cast<HasPrimary&>(system).leadership(
      cluster, cluster.nodes().front(), Clock::now() + std::chrono::seconds(1));
  std::cout << (claim ? claim->leader + " term " + std::to_string(claim->term) : "no claim");
}

int measure(int nodes, const BareLoop& loop, System& system, const fs::path& folder) {
  const char* cache = std::getenv("CLEW_CACHE");
  system.prepare(cache != nullptr ? fs::path(cache) : folder / "cache");
  LoopbackCluster cluster(nodes, folder);
  const auto start = Clock::now();
  for (const Node& node : cluster.nodes()) system.start(cluster, node);
  system.await_ready(cluster, start + std::chrono::seconds(30));
  std::cout << "ready after " << format_duration(Clock::now() - start) << ", ";
  show_leader(cluster, system);
  std::cout << "\n";
  std::vector<double> ratios;
  for (int round = 0; round < 7; ++round) {
    const fs::path history = folder / ("history" + std::to_string(round));
    const BareLoopResult bare = run_bare_loop(cluster, system, loop);
    const BareLoopResult recorded = run_recorded_loop(cluster, system, loop, history);
    ratios.push_back(recorded.ok_per_second / bare.ok_per_second);
    std::cout << "bare " << bare.ok_per_second << " ok/s, recorded " << recorded.ok_per_second
              << " ok/s, ratio " << ratios.back() << "\n";
  }
  std::sort(ratios.begin(), ratios.end());
  std::cout << "median ratio " << ratios[ratios.size() / 2] << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: clew_etcd_bench NODES THREADS SECONDS [--option=value ...]\n";
    return 254;
  }
  const fs::path folder =
      fs::temp_directory_path() / ("clew-etcd-bench-" + std::to_string(::getpid()));
  int code = 4;
  try {
    const BareLoop loop{.threads = std::atoi(argv[2]),
                        .length = std::chrono::seconds(std::atoi(argv[3]))};
    const auto system = make_etcd(argc - 4, argv + 4);
    code = measure(std::atoi(argv[1]), loop, *system, folder);
  } catch (const std::exception& e) { std::cerr << e.what() << "\n"; }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return code;
}
