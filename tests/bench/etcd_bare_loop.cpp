#include "tests/bench/etcd_bare_loop.h"

#include <string>
#include <thread>
#include <vector>

namespace clew {
namespace {

void work(Cluster& cluster, System& system, const BareLoop& loop, int thread, Deadline end,
          BareLoopResult& mine) {
  const auto nodes = cluster.nodes();
  const Node& node = nodes[static_cast<std::size_t>(thread) % nodes.size()];
  auto client = system.connect(cluster, node);
  std::int64_t value = thread;
  for (std::int64_t i = 0; Clock::now() < end; ++i) {
    Op op{.f = i % 2 == 0 ? "write" : "read", .key = "bare" + std::to_string(i % loop.keys)};
    if (op.f == "write") op.value = value += loop.threads;
    switch (client->invoke(op, Clock::now() + loop.op_timeout).kind) {
      case Kind::ok: ++mine.ok; break;
      case Kind::fail: ++mine.failed; break;
      default: ++mine.unknown; client = system.connect(cluster, node);
    }
  }
}

}  // namespace

BareLoopResult run_bare_loop(Cluster& cluster, System& system, const BareLoop& loop) {
  std::vector<BareLoopResult> parts(static_cast<std::size_t>(loop.threads));
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < loop.threads; ++t)
      threads.emplace_back([&, t] {
        work(cluster, system, loop, t, start + loop.length, parts[static_cast<std::size_t>(t)]);
      });
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  BareLoopResult sum{};
  for (const BareLoopResult& part : parts) {
    sum.ok += part.ok;
    sum.failed += part.failed;
    sum.unknown += part.unknown;
  }
  sum.ok_per_second = static_cast<double>(sum.ok) / took.count();
  return sum;
}

}  // namespace clew
