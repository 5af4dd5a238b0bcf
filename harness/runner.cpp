#include "harness/runner.h"

#include <string>
#include <thread>

#include "harness/check.h"
#include "harness/error.h"

namespace clew {
namespace {

// After a failure a worker waits a moment: a dead node must not turn into a
// storm of refused connections that says nothing.
constexpr auto failure_pause = std::chrono::milliseconds(20);

}  // namespace

struct Runner::Shared {
  Generator& generator;
  std::stop_token stop;
  Rng rng;
  std::mutex mutex{};  // Guards generator and rng.
};

Runner::Runner(std::vector<Seat> seats, Recorder& recorder, const Settings& settings)
    : seats_(std::move(seats)),
      recorder_(recorder),
      settings_(settings),
      paused_(seats_.size()),
      still_(seats_.size()) {
  for (std::size_t w = 0; w < seats_.size(); ++w) process_.push_back(static_cast<std::int64_t>(w));
}

void Runner::run(Generator& generator, std::stop_token stop) {
  Shared shared{.generator = generator,
                .stop = stop,
                .rng = Rng::stream(settings_.seed, "generator " + std::to_string(runs_++))};
  std::vector<std::jthread> workers;
  workers.reserve(seats_.size());
  for (std::size_t w = 0; w < seats_.size(); ++w)
    workers.emplace_back([this, w, &shared] { work(w, shared); });
}

void Runner::work(std::size_t worker, Shared& shared) {
  std::unique_ptr<Client> client;
  const auto start = Clock::now() - recorder_.now();
  while (!shared.stop.stop_requested() && !recorder_.failed()) {
    Next next = Done{};
    {
      const std::lock_guard lock(shared.mutex);
      next = shared.generator.next({.now = recorder_.now(),
                                    .worker = static_cast<int>(worker),
                                    .workers = static_cast<int>(seats_.size()),
                                    .process = process_[worker],
                                    .node = seats_[worker].node,
                                    .rng = shared.rng});
    }
    if (std::holds_alternative<Done>(next)) return;
    if (const Wait* wait = std::get_if<Wait>(&next)) {
      if (!sleep_until(start + wait->until, shared.stop)) return;
      continue;
    }
    Op& op = std::get<Op>(next);
    if (op.time > recorder_.now() && !sleep_until(start + op.time, shared.stop)) return;
    if (!await_wake(worker, shared.stop)) return;
    if (!perform(worker, std::move(op), client, shared)) sleep_for(failure_pause, shared.stop);
  }
}

void Runner::pause(std::size_t worker, bool paused) {
  const std::lock_guard lock(pause_mutex_);
  paused_[worker] = paused;
  if (!paused) woken_.notify_all();
}

bool Runner::stands_still(std::size_t worker) const {
  const std::lock_guard lock(pause_mutex_);
  return still_[worker];
}

// False when a stop came first.
bool Runner::await_wake(std::size_t worker, const std::stop_token& stop) {
  std::unique_lock lock(pause_mutex_);
  still_[worker] = paused_[worker];
  woken_.wait(lock, stop, [&] { return !paused_[worker]; });
  still_[worker] = false;
  return !stop.stop_requested();
}

std::int64_t Runner::stride() const {
  return static_cast<std::int64_t>(seats_.size()) + (settings_.asks ? 1 : 0);
}

bool Runner::perform(std::size_t worker, Op op, std::unique_ptr<Client>& client, Shared& shared) {
  op.process = process_[worker];
  const Op done = record(op, seats_[worker], client);
  if (done.kind == Kind::info) {
    client.reset();  // A late answer must not be taken for the next one's.
    process_[worker] += stride();
  }
  op.node = done.node;
  op.kind = Kind::invoke;
  const std::lock_guard lock(shared.mutex);
  shared.generator.update(op, done);
  return done.kind != Kind::fail || done.error == compare_failed;
}

Op Runner::ask(const Seat& seat, Op op) {
  CLEW_CHECK(settings_.asks);
  op.process = static_cast<std::int64_t>(seats_.size()) + stride() * asked_.fetch_add(1);
  std::unique_ptr<Client> client;
  return record(std::move(op), seat, client);
}

// Invokes, records both ends, counts.
Op Runner::record(Op op, const Seat& seat, std::unique_ptr<Client>& client) {
  op.node = seat.node;
  op.kind = Kind::invoke;
  Completion completion;
  std::string no_client;
  try {
    if (!client) client = seat.connect();
  } catch (const std::exception& e) { no_client = e.what(); }
  recorder_.invoke(op);
  try {
    // Without a client nothing was sent, so nothing happened. Saying `info`
    // would be sound too, but one dead node would drown the checker in doubts.
    completion = client ? client->invoke(op, Clock::now() + settings_.op_timeout)
                        : Completion::fail("no connection: " + no_client);
  } catch (const std::exception& e) { completion = Completion::info(e.what()); }
  Op done = op;
  done.time = recorder_.now();
  done.kind = completion.kind;
  done.error = std::move(completion.error);
  // A client that has nothing to add to what was asked answers nil: keep the question.
  if (completion.kind == Kind::ok && (op.value.is_nil() || !completion.value.is_nil()))
    done.value = std::move(completion.value);
  recorder_.complete(done);
  switch (completion.kind) {
    case Kind::ok: ++counts_.ok; break;
    case Kind::fail: ++counts_.fail; break;
    default: ++counts_.info;
  }
  return done;
}

}  // namespace clew
