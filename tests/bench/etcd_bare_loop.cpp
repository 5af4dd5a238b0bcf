#include "tests/bench/etcd_bare_loop.h"

#include <string>
#include <thread>
#include <vector>

#include "harness/runner.h"

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

BareLoopResult run_recorded_loop(Cluster& cluster, System& system, const BareLoop& loop,
                                 const std::filesystem::path& history) {
  Recorder recorder(history, Clock::now());
  std::vector<Seat> seats;
  const auto nodes = cluster.nodes();
  for (int t = 0; t < loop.threads; ++t) {
    const Node& node = nodes[static_cast<std::size_t>(t) % nodes.size()];
    seats.push_back({.node = node.name, .connect = [&] { return system.connect(cluster, node); }});
  }
  Runner runner(std::move(seats), recorder, {.seed = 1, .op_timeout = loop.op_timeout});
  std::int64_t count = 0;
  const Gen load = time_limit(loop.length, repeat([&](const Context&) {
                                Op op{.f = ++count % 2 == 0 ? "write" : "read",
                                      .key = "bare" + std::to_string(count % loop.keys)};
                                if (op.f == "write") op.value = count;
                                return op;
                              }));
  const auto start = Clock::now();
  runner.run(*load, {});
  const std::chrono::duration<double> took = Clock::now() - start;
  recorder.finish();
  return {.ok = static_cast<std::int64_t>(runner.counts().ok),
          .failed = static_cast<std::int64_t>(runner.counts().fail),
          .unknown = static_cast<std::int64_t>(runner.counts().info),
          .ok_per_second = static_cast<double>(runner.counts().ok) / took.count()};
}

}  // namespace clew
