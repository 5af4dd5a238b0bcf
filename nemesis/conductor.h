#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/fault_record.h"
#include "harness/nemesis.h"
#include "nemesis/events.h"
#include "nemesis/journal.h"

namespace clew {

// Puts back whatever any fault can have broken, from any state: links, stopped
// and dead processes. Returns what could not be put back, and who was found dead
// and how it had ended, a line a node. Idempotent.
std::vector<std::string> heal_everything(Arena& arena);

// Plays a schedule against a cluster while the load goes on. Each fault class has
// a thread of its own, so that a slow one delays no other; so has each entry that
// waits for an event, and each that overlaps another of its class.
//
// A fault that cannot be injected is recorded as such, and the run goes on. The
// injection may take up to half of the time the fault was planned to last; one
// whose turn comes too late for the other half is left out, and says so. What
// was injected is healed at the planned time, whatever went wrong in between.
// An event that never came leaves its fault "could not be applied".
class Conductor {
 public:
  // `now` is the clock of the run. `observer` sees each record after it changed,
  // on the fault's thread. Writes the plan to the journal at once. Throws
  // UsageError where the schedule names an unknown fault or a parameter that it does
  // not know, EnvironmentError where the journal cannot be written.
  Conductor(Arena arena, std::vector<FaultRecord> schedule, Journal& journal,
            std::function<Nanos()> now, std::uint64_t seed,
            std::function<void(const FaultRecord&)> observer);
  ~Conductor();
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  void start();

  // What goes on in the run is told here, for the faults that wait for it.
  Events& events() { return events_; }

  // From now on nothing is injected or healed: what is in force stays so until
  // stop_and_heal(). From any thread; does not wait.
  void freeze();

  // Ends all timelines, heals what is in force, then heal_everything(). Returns
  // what went wrong beyond what the records tell: what could not be put back, a
  // server that had died by itself, a journal that could not be written. Idempotent.
  std::vector<std::string> stop_and_heal();

  std::vector<FaultRecord> records() const;

 private:
  struct Lane {  // Entries that are played one after the other.
    std::vector<std::size_t> records{};
    Nanos free_at{};
  };

  struct Entry {
    std::unique_ptr<Fault> fault{};
    std::string key{};      // Of the operation that set it off.
    bool unhealed = false;  // heal() failed.
  };

  void deal_into_lanes();
  void play(const Lane& lane, const std::stop_token& stop);
  void play_one(std::size_t index, const std::stop_token& stop);
  bool await_turn(std::size_t index, const std::stop_token& stop);
  bool inject(std::size_t index);
  Order order_of(const FaultRecord& plan) const;
  void watch(std::size_t index, const std::stop_token& stop);
  bool await_heal(std::size_t index, Nanos latest, const std::stop_token& stop);
  void heal(std::size_t index);
  Evidence await_healed(std::size_t index);
  bool sleep_until(Nanos when, const std::stop_token& stop) const;
  FaultRecord record(std::size_t index) const;
  void update(std::size_t index, std::string_view event,
              const std::function<void(FaultRecord&)>& change);

  Arena arena_;
  Journal& journal_;
  std::function<Nanos()> now_;
  std::uint64_t seed_;
  std::function<void(const FaultRecord&)> observer_;

  Events events_;
  std::vector<Entry> entries_;  // By place of the record; its lane's own.
  std::vector<Lane> lanes_;

  mutable std::mutex mutex_;  // Guards the next two.
  std::vector<FaultRecord> records_;
  std::vector<std::string> problems_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> frozen_{false};
};

}  // namespace clew
