#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/client.h"
#include "harness/generator.h"
#include "harness/recorder.h"

namespace clew {

// How the operations so far ended; read while the run goes on.
struct RunCounts {
  std::atomic<std::uint64_t> ok{0}, fail{0}, info{0};
  std::uint64_t total() const { return ok + fail + info; }
};

// One stubborn caller: connects a client to its node, makes a fresh one when an
// outcome was unknown. `node` is only a label for the history.
struct Seat {
  std::string node{};
  std::function<std::unique_ptr<Client>()> connect{};
};

// Drives operations into a system, one thread a worker, each worker in its own
// seat for the whole run. Its process number grows by the number of workers
// (and one, where ask() is used) after each info, so that no process ever goes on
// after one.
class Runner {
 public:
  struct Settings {
    std::uint64_t seed = 0;
    Nanos op_timeout = std::chrono::seconds(2);
    bool asks = false;  // Whether ask() will be used: it takes process numbers of its own.
  };

  Runner(std::vector<Seat> seats, Recorder& recorder, const Settings& settings);

  // Asks `generator` until each worker is Done or a stop is requested; then
  // waits for what is in flight (at most the op timeout). May be called again
  // with another generator: process numbers go on.
  void run(Generator& generator, std::stop_token stop);

  // Performs one operation beside the load, as a process of its own, on a fresh
  // connection; returns its completion. From any thread.
  Op ask(const Seat& seat, Op op);

  // A paused worker invokes nothing until it is woken. Does not wait. From any thread.
  void pause(std::size_t worker, bool paused);
  bool stands_still(std::size_t worker) const;
  std::size_t workers() const { return seats_.size(); }

  const RunCounts& counts() const { return counts_; }

 private:
  struct Shared;
  void work(std::size_t worker, Shared& shared);
  std::int64_t stride() const;
  bool await_wake(std::size_t worker, const std::stop_token& stop);
  Op record(Op op, const Seat& seat, std::unique_ptr<Client>& client);
  // False if the operation failed, rather than being answered.
  bool perform(std::size_t worker, Op op, std::unique_ptr<Client>& client, Shared& shared);

  std::vector<Seat> seats_;
  Recorder& recorder_;
  Settings settings_;
  std::vector<std::int64_t> process_;
  mutable std::mutex pause_mutex_;  // Guards the next two, by worker.
  std::vector<bool> paused_, still_;
  std::condition_variable_any woken_;
  std::atomic<std::int64_t> asked_{0};
  RunCounts counts_;
  int runs_ = 0;
};

}  // namespace clew
