#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/fault_record.h"
#include "harness/nemesis.h"
#include "nemesis/journal.h"

namespace clew {

// Plays a schedule against a cluster while the load goes on. Each fault class has
// a thread of its own, so that a slow one delays no other. A fault that cannot
// be injected is recorded as such, and the run goes on.
class Conductor {
 public:
  // `now` is the clock of the run. `observer` sees each record after it changed,
  // on the fault's thread. Writes the plan to the journal at once.
  Conductor(Arena arena, std::vector<FaultRecord> schedule, Journal& journal,
            std::function<Nanos()> now, std::uint64_t seed,
            std::function<void(const FaultRecord&)> observer);
  ~Conductor();
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  void start();

  // Ends all timelines, heals what is in force, then heals everything once more
  // from whatever state the cluster is in: links, stopped and dead processes.
  // Returns what could not be put back. Idempotent.
  std::vector<std::string> stop_and_heal();

  std::vector<FaultRecord> records() const;

 private:
  void play(const std::string& fault_class, const std::stop_token& stop);
  void play_one(Fault& fault, std::size_t index, Rng& rng, const std::stop_token& stop);
  void heal_one(Fault& fault, std::size_t index);
  bool sleep_until(Nanos when, const std::stop_token& stop);
  void update(std::size_t index, std::string_view event,
              const std::function<void(FaultRecord&)>& change);

  Arena arena_;
  Journal& journal_;
  std::function<Nanos()> now_;
  std::uint64_t seed_;
  std::function<void(const FaultRecord&)> observer_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<FaultRecord> records_;
  std::vector<std::string> problems_;
  std::vector<std::jthread> threads_;
};

}  // namespace clew
