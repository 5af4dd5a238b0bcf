#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "harness/error.h"
#include "harness/lab/lab.h"
#include "harness/nemesis.h"
#include "nemesis/targets.h"
#include "tests/harness/lab/inside.h"

namespace clew {

inline Deadline in(Nanos patience) { return Clock::now() + patience; }

// Outlives the tests, so that the package is fetched once.
inline std::filesystem::path cache() {
  if (const char* cache = std::getenv("CLEW_CACHE")) return cache;
  if (const char* home = std::getenv("HOME")) return std::filesystem::path(home) / ".cache/clew";
  return std::filesystem::temp_directory_path() / "clew-cache";
}

inline std::unique_ptr<System> make_etcd() {
  const auto& entry = SystemRegistry::instance().find("system", "etcd");
  std::map<std::string, std::vector<std::string>, std::less<>> given;
  for (const OptionSpec& option : entry.options) {
    auto& values = given[std::string(option.name)];
    if (!option.fallback.empty()) values.emplace_back(option.fallback);
  }
  return entry.make(Options(std::move(given)));
}

// Five nodes of a running etcd.
struct EtcdStage {
  EtcdStage(System& etcd, const Scratch& scratch, bool lossy_disks)
      : system(etcd), folder(scratch.path()), lab(5, scratch.path(), {.lossy_disks = lossy_disks}) {
    for (const Node& node : lab.nodes()) system.start(lab, node);
    system.await_ready(lab, in(std::chrono::seconds(30)));
  }
  // The leader and its term, as it tells them itself.
  std::pair<std::string, std::int64_t> leader(Nanos patience = std::chrono::seconds(20)) {
    auto& primary = dynamic_cast<HasPrimary&>(system);
    const Deadline deadline = in(patience);
    while (left(deadline) > Nanos{0}) {
      const Node node = find_leader(arena, deadline);
      const auto claim = primary.leadership(lab, node, in(std::chrono::seconds(1)));
      if (claim && claim->leader == node.name) return {node.name, claim->term};
    }
    return {};
  }
  // Somebody else than `before`, in a later term.
  bool await_other_leader(const std::pair<std::string, std::int64_t>& before) {
    const Deadline deadline = in(std::chrono::seconds(20));
    while (left(deadline) > Nanos{0}) {
      const auto now = leader();
      if (now.first != before.first && now.second > before.second) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  bool await(const std::function<Evidence()>& look, std::string& last) {
    const Deadline deadline = in(std::chrono::seconds(20));
    while (left(deadline) > Nanos{0}) {
      const Evidence evidence = look();
      last = evidence.text;
      if (evidence.holds) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  System& system;
  const std::filesystem::path folder;
  Lab lab;
  Arena arena{lab, system};
};

// Runs `body` in the sandbox, with etcd fetched before.
inline void with_etcd(const std::function<void(EtcdStage&)>& body, bool lossy_disks = false) {
  const auto etcd = make_etcd();
  try {
    etcd->prepare(cache());
  } catch (const EnvironmentError& e) { GTEST_SKIP() << e.what(); }
  const Scratch scratch;  // Removed once the sandbox and its mounts are gone.
  in_the_sandbox([&] {
    EtcdStage stage(*etcd, scratch, lossy_disks);
    body(stage);
  });
}

}  // namespace clew
