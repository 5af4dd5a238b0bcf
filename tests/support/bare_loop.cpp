#include "tests/support/bare_loop.h"

#include <string>
#include <thread>
#include <vector>

#include "harness/rng.h"

namespace clew {
namespace {

Op next_op(Rng& rng, const BareLoopLoad& load) {
  Op op;
  op.key = "k" + std::to_string(rng.below(static_cast<std::uint64_t>(load.keys)));
  const auto any = [&rng] { return static_cast<std::int64_t>(rng.below(5)); };
  if (rng.chance(load.reads)) {
    op.f = "read";
  } else if (rng.chance(load.writes / (1 - load.reads))) {
    op.f = "write";
    op.value = any();
  } else {
    op.f = "cas";
    op.value = Value::List{any(), any()};
  }
  return op;
}

void work(System& system, Cluster& cluster, const BareLoopLoad& load, int id, Deadline end,
          BareLoopCount& count) {
  Rng rng(static_cast<std::uint64_t>(id));
  const auto nodes = cluster.nodes();
  const Node& node = nodes[static_cast<std::size_t>(id) % nodes.size()];
  auto client = system.connect(cluster, node);
  while (left(end) > Nanos{0}) {
    const auto done = client->invoke(next_op(rng, load), Clock::now() + load.op_patience);
    count.ok += done.kind == Kind::ok ? 1 : 0;
    count.fail += done.kind == Kind::fail ? 1 : 0;
    if (done.kind != Kind::info) continue;
    ++count.info;
    client = system.connect(cluster, node);
  }
}

}  // namespace

BareLoopCount run_bare_loop(System& system, Cluster& cluster, const BareLoopLoad& load) {
  std::vector<BareLoopCount> counts(static_cast<std::size_t>(load.threads));
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int id = 0; id < load.threads; ++id)
      threads.emplace_back([&, id] {
        BareLoopCount mine;  // Not in `counts`, whose neighbours share a cache line.
        work(system, cluster, load, id, begin + load.duration, mine);
        counts[static_cast<std::size_t>(id)] = mine;
      });
  }
  BareLoopCount sum{.elapsed = Clock::now() - begin};
  for (const BareLoopCount& count : counts) {
    sum.ok += count.ok;
    sum.fail += count.fail;
    sum.info += count.info;
  }
  return sum;
}

}  // namespace clew
