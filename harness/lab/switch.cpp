#include "harness/lab/switch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <limits>

#include "harness/check.h"
#include "harness/error.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t ethernet_header = 14;
constexpr std::size_t largest_frame = 65536;
constexpr int frames_per_turn = 64;
constexpr Nanos rate_queue = milliseconds(200);
constexpr Nanos hold_back = milliseconds(5);  // For reorder without a delay.

void watch(const Fd& epoll, int fd, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw EnvironmentError(errno_text("epoll_ctl()", errno));
}

void drain(const Fd& fd) {
  std::uint64_t value = 0;
  [[maybe_unused]] const auto got = ::read(fd.get(), &value, sizeof value);
}

bool is_ipv4(std::span<const char> frame) { return frame[12] == 8 && frame[13] == 0; }

Nanos time_on_wire(std::size_t bytes, std::uint64_t rate_bps) {
  const double ns = static_cast<double>(bytes) * 8e9 / static_cast<double>(rate_bps);
  return Nanos(static_cast<std::int64_t>(std::min(ns, 9e18)));
}

}  // namespace

Switch::Switch(std::vector<int> ports, Rng rng)
    : ports_(std::move(ports)),
      nodes_(static_cast<int>(ports_.size()) - 1),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      counters_(ports_.size() * ports_.size()),
      in_force_(nodes_),
      lanes_(ports_.size() * ports_.size()),
      delayed_(lanes_.size()),
      rng_(rng),
      buffer_(largest_frame) {
  if (!epoll_ || !wake_ || !timer_) throw EnvironmentError(errno_text("epoll_create1()", errno));
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    lanes_[i].to = static_cast<int>(i % ports_.size());
  for (std::size_t i = 0; i < ports_.size(); ++i) watch(epoll_, ports_[i], i);
  watch(epoll_, wake_.get(), ports_.size());
  watch(epoll_, timer_.get(), ports_.size() + 1);
  thread_ = std::thread([this] { run(); });
}

Switch::~Switch() {
  stop_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

// ---- Any thread ----

void Switch::overlay(const std::string& owner, const LinkMatrix& links) {
  CLEW_CHECK(links.nodes() == nodes_);
  std::unique_lock lock(mutex_);
  overlays_.insert_or_assign(owner, links);
  publish(lock);
}

void Switch::remove(const std::string& owner) {
  std::unique_lock lock(mutex_);
  if (overlays_.erase(owner) != 0) publish(lock);
}

void Switch::remove_all() {
  std::unique_lock lock(mutex_);
  overlays_.clear();
  publish(lock);
}

LinkMatrix Switch::in_force() const {
  const std::lock_guard lock(mutex_);
  return in_force_;
}

LinkCount Switch::count(int from, int to) const {
  const Counter& counter = counters_[link_index(from, to)];
  return {.frames = counter.frames,
          .dropped = counter.dropped,
          .late = counter.late,
          .overtook = counter.overtook,
          .doubled = counter.doubled,
          .corrupted = counter.corrupted};
}

std::uint64_t Switch::let_go(int from, int to, std::uint64_t frames) {
  std::uint64_t done = 0;
  std::unique_lock lock(mutex_);
  releases_.push_back({link_index(from, to), frames, &done});
  try {
    await_thread(lock);
  } catch (const HarnessError&) {
    std::erase_if(releases_, [&](const Release& release) { return release.done == &done; });
    throw;
  }
  return done;
}

std::uint64_t Switch::held(int from, int to) const { return counters_[link_index(from, to)].held; }

void Switch::publish(std::unique_lock<std::mutex>& lock) {
  LinkMatrix links(nodes_);
  for (const auto& [owner, overlay] : overlays_) links.combine(overlay);
  in_force_ = links;
  await_thread(lock);
}

void Switch::await_thread(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t mine = wanted_.fetch_add(1) + 1;
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0 && errno != EAGAIN)
    throw HarnessError(errno_text("write(eventfd)", errno));
  if (!applied_.wait_for(lock, seconds(2), [&] { return done_ >= mine; }))
    throw HarnessError("the switch did not take up a change of links within 2 s");
}

std::size_t Switch::link_index(int from, int to) const {
  CLEW_CHECK(from >= 0 && from <= nodes_ && to >= 0 && to <= nodes_);
  return static_cast<std::size_t>(from) * ports_.size() + static_cast<std::size_t>(to);
}

// ---- The switch's own thread ----

void Switch::run() {
  // Nodes that burn all processors must not look like a slow network. Refused
  // to plain users, who do without.
  ::setpriority(PRIO_PROCESS, 0, -10);
  std::array<epoll_event, 64> events{};
  while (!stop_) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
      if (id < ports_.size()) serve(static_cast<int>(id));
      if (id == ports_.size()) drain(wake_);
      if (id == ports_.size() + 1) {
        drain(timer_);
        armed_ = Deadline::max();
      }
      deliver_due();
    }
    if (wanted_.load() != seen_) apply();
    const auto next = delayed_.next();
    if (next && *next < armed_) {
      armed_ = *next;
      const auto ns = std::chrono::duration_cast<Nanos>(next->time_since_epoch()).count();
      itimerspec when{};
      when.it_value = {ns / 1'000'000'000, ns % 1'000'000'000};
      ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
    }
  }
}

void Switch::apply() {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    const Link& now = in_force_.at(static_cast<int>(i / ports_.size()), lane.to);
    if (lane.link == now) continue;
    const bool freed = lane.link.hold && !now.hold;
    const bool caught = !lane.link.hold && now.hold;
    const bool retimed = lane.link.delay != now.delay || lane.link.jitter != now.jitter ||
                         lane.link.rate_bps != now.rate_bps || lane.link.reorder != now.reorder;
    lane.link = now;
    lane.clear = now.is_clear();
    if (now.hole) {
      lose(i, delayed_.take(i).size());
      counters_[i].held = 0;
    }
    if (caught) {
      for (DelayedFrame& frame : delayed_.take(i)) hold(i, std::move(frame.bytes));
    } else if (freed || (retimed && !now.hold)) {
      release(i, std::numeric_limits<std::uint64_t>::max());
      lane.free_at = lane.last = {};
    }
  }
  for (const Release& asked : releases_)
    if (lanes_[asked.link].link.hold) *asked.done = release(asked.link, asked.frames);
  releases_.clear();
  done_ = seen_ = wanted_.load();
  applied_.notify_all();
}

void Switch::serve(int from) {
  for (int i = 0; i < frames_per_turn; ++i) {
    // Before every frame, so that a change never waits for a busy port.
    if (wanted_.load() != seen_) apply();
    const ssize_t got =
        ::read(ports_[static_cast<std::size_t>(from)], buffer_.data(), buffer_.size());
    if (got <= 0) return;
    forward(from, {buffer_.data(), static_cast<std::size_t>(got)});
  }
}

// MACs are 02:00:00:00:00:<port>, so there is nothing to learn.
void Switch::forward(int from, std::span<const char> frame) {
  if (frame.size() < ethernet_header) return;
  if ((frame[0] & 1) != 0) {
    for (int to = 0; to <= nodes_; ++to)
      if (to != from) enter(link_index(from, to), frame);
    return;
  }
  const int to = static_cast<unsigned char>(frame[5]);
  if (frame[0] == 2 && to <= nodes_ && to != from) enter(link_index(from, to), frame);
}

void Switch::enter(std::size_t link, std::span<const char> frame) {
  counters_[link].frames.fetch_add(1);
  const Lane& lane = lanes_[link];
  if (lane.clear) return deliver(link, frame);
  if (lane.link.hole || (lane.link.drop > 0 && rng_.chance(lane.link.drop))) return lose(link);
  if (lane.link.hold) {
    counters_[link].late.fetch_add(1);
    return hold(link, {frame.begin(), frame.end()});
  }
  shape(link, frame);
}

// Kept among the delayed ones, for ever.
void Switch::hold(std::size_t link, std::vector<char> frame) {
  if (!delayed_.push(Deadline::max(), link, std::move(frame))) return lose(link);
  counters_[link].held.fetch_add(1);
}

// The first of those that wait on the link are delivered, in order.
std::uint64_t Switch::release(std::size_t link, std::uint64_t frames) {
  std::uint64_t released = 0;
  counters_[link].held = 0;
  for (DelayedFrame& frame : delayed_.take(link)) {
    if (released == frames) {
      hold(link, std::move(frame.bytes));
    } else {
      deliver(link, frame.bytes);
      ++released;
    }
  }
  return released;
}

void Switch::shape(std::size_t link, std::span<const char> frame) {
  Lane& lane = lanes_[link];
  const Link& rules = lane.link;
  const Deadline now = Clock::now();
  Deadline arrival = now;
  if (rules.rate_bps > 0) {
    const Deadline start = std::max(now, lane.free_at);
    const Nanos wire = time_on_wire(frame.size(), rules.rate_bps);
    // However slow the link, a few frames always fit.
    if (start - now > std::max(rate_queue, 16 * wire)) return lose(link);
    arrival = lane.free_at = start + wire;
  }
  if (rules.reorder > 0 && rng_.chance(rules.reorder)) {
    counters_[link].overtook.fetch_add(1);
    if (rules.delay == Nanos{0}) arrival += Nanos(rng_.between(0, hold_back.count()));
  } else {
    const Nanos swing(rng_.between(-rules.jitter.count(), rules.jitter.count()));
    arrival = std::max(arrival + std::max(rules.delay + swing, Nanos{0}), lane.last);
    lane.last = arrival;
  }
  std::vector<char> bytes(frame.begin(), frame.end());
  if (rules.corrupt > 0 && rng_.chance(rules.corrupt)) {
    // Nothing but IPv4 has a checksum that is sure to notice; a real receiver
    // would see a bad frame check sequence there.
    if (!is_ipv4(frame) || frame.size() == ethernet_header) return lose(link);
    const std::size_t at = ethernet_header + rng_.below(bytes.size() - ethernet_header);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng_.below(8)));
    counters_[link].corrupted.fetch_add(1);
  }
  const int copies = rules.duplicate > 0 && rng_.chance(rules.duplicate) ? 2 : 1;
  if (copies == 2) counters_[link].doubled.fetch_add(1);
  if (arrival > now) counters_[link].late.fetch_add(1);
  for (int i = 0; i < copies; ++i) {
    // What is due but still queued goes first.
    if (arrival <= now && delayed_.empty(link)) {
      deliver(link, bytes);
    } else if (!delayed_.push(arrival, link, bytes) && i == 0) {
      return lose(link);
    }
  }
}

void Switch::deliver(std::size_t link, std::span<const char> frame) {
  const int to = ports_[static_cast<std::size_t>(lanes_[link].to)];
  while (::write(to, frame.data(), frame.size()) < 0) {
    if (errno == EINTR) continue;
    return lose(link);  // The receiver's queue is full.
  }
}

void Switch::lose(std::size_t link, std::uint64_t frames) {
  counters_[link].dropped.fetch_add(frames);
}

void Switch::deliver_due() {
  const Deadline now = Clock::now();
  while (const auto frame = delayed_.pop(now)) deliver(frame->link, frame->bytes);
}

}  // namespace clew
