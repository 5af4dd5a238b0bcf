#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "harness/lab/lab.h"
#include "harness/nemesis.h"
#include "tests/harness/lab/inside.h"
#include "tests/support/sleepers.h"

namespace clew {

// Servers that talk to each other all the time.
class Chatter final : public Sleepers {
 public:
  void start(Cluster& cluster, const Node& node) override {
    Command command{.argv = {CLEW_CHATTER, node.address}};
    for (const Node& peer : cluster.nodes())
      if (peer.id != node.id) command.argv.push_back(peer.address);
    cluster.start(node, command);
  }
};

// A lab of five that chat; n4 leads.
struct Stage {
  const std::filesystem::path folder;
  Lab lab{5, folder};
  Chatter system{};
  Arena arena{lab, system};
  Network& network = *lab.network();

  explicit Stage(const Scratch& scratch) : folder(scratch.path()) {
    for (const Node& node : lab.nodes()) {
      system.start(lab, node);
      system.claim(node.name, "n4", 2);
    }
    EXPECT_TRUE(await([&] { return all_links_pass(); })) << "the nodes do not chat";
  }
  Value inject(Fault& fault, const Order& order, std::uint64_t seed = 1) {
    Rng rng(seed);
    return fault.inject(arena, order, rng, Clock::now() + std::chrono::seconds(2));
  }
  void heal(Fault& fault) { fault.heal(arena, Clock::now() + std::chrono::seconds(10)); }

  static bool await(const std::function<bool()>& condition) {
    const Deadline deadline = Clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (left(deadline) == Nanos{0}) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  bool await_verified(Fault& fault) {
    return await([&] { return fault.verify(arena).holds; });
  }
  bool await_healed(Fault& fault) {
    return await([&] { return fault.verify_healed(arena).holds; });
  }
  std::uint64_t passed(int from, int to) const {
    const LinkCount count = network.count(from, to);
    return count.frames - count.dropped;
  }
  bool all_links_pass() const {
    for (int from = 1; from <= 5; ++from)
      for (int to = 1; to <= 5; ++to)
        if (from != to && passed(from, to) < 3) return false;
    return true;
  }
};

// The folder is removed once the sandbox and its mounts are gone.
template <class A>
void on_stage_of(const std::function<void(A&)>& body) {
  const Scratch scratch;
  in_the_sandbox([&] {
    A stage(scratch);
    body(stage);
  });
}

inline void on_stage(const std::function<void(Stage&)>& body) { on_stage_of<Stage>(body); }

}  // namespace clew
