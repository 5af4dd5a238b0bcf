#include "harness/lab/switch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "harness/check.h"
#include "harness/error.h"

namespace clew {
namespace {

constexpr std::size_t frame_bytes_max = 65536 + 64;
constexpr std::size_t ethernet_header_bytes = 14;
constexpr int frames_a_turn = 64;                      // Of one port, before others get a turn.
constexpr std::size_t delayed_bytes_max = 256U << 20;  // Of all links together.
constexpr auto queue_behind_rate_max = std::chrono::seconds(1);  // A shaped link's buffer.
constexpr auto reorder_ahead = std::chrono::milliseconds(5);     // Where there is no delay to jump.
constexpr auto swap_patience = std::chrono::seconds(5);
constexpr std::uint64_t wake_mark = 1'000'000;
constexpr std::uint64_t timer_mark = 1'000'001;

}  // namespace

Switch::Switch(std::vector<Port> ports, std::uint64_t seed)
    : ports_(std::move(ports)),
      counters_(std::make_unique<Counter[]>(ports_.size() * ports_.size())),
      wanted_(static_cast<int>(ports_.size()) - 1),
      links_(wanted_),
      states_(ports_.size() * ports_.size()),
      rng_(Rng::stream(seed, "switch")),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!epoll_ || !wake_ || !timer_)
    throw EnvironmentError(errno_text("epoll, eventfd or timerfd", errno));
  const auto watch = [&](const Fd& fd, std::uint64_t mark) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = mark}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0)
      throw EnvironmentError(errno_text("epoll_ctl", errno));
  };
  for (std::size_t i = 0; i < ports_.size(); ++i) watch(ports_[i].frames, i);
  watch(wake_, wake_mark);
  watch(timer_, timer_mark);
  thread_ = std::thread([this] { run(); });
}

Switch::~Switch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  const std::uint64_t one = 1;
  CLEW_CHECK(::write(wake_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

void Switch::overlay(const std::string& owner, const LinkMatrix& links) {
  std::unique_lock lock(mutex_);
  CLEW_CHECK(links.nodes() == wanted_.nodes());
  overlays_.insert_or_assign(owner, links);
  apply(lock);
}

void Switch::remove(const std::string& owner) {
  std::unique_lock lock(mutex_);
  if (overlays_.erase(owner) > 0) apply(lock);
}

void Switch::remove_all() {
  std::unique_lock lock(mutex_);
  overlays_.clear();
  apply(lock);
}

// Hands the matrix to the switch's thread and waits until it has taken it.
void Switch::apply(std::unique_lock<std::mutex>& lock) {
  wanted_ = LinkMatrix(wanted_.nodes());
  for (const auto& [owner, links] : overlays_) wanted_.combine(links);
  const std::uint64_t epoch = ++wanted_epoch_;
  const std::uint64_t one = 1;
  CLEW_CHECK(::write(wake_.get(), &one, sizeof one) == sizeof one);
  if (!adopted_.wait_for(lock, swap_patience, [&] { return adopted_epoch_ >= epoch; }))
    throw HarnessError("the switch did not take new links within 5 s");
}

LinkMatrix Switch::in_force() const {
  const std::lock_guard lock(mutex_);
  return wanted_;
}

LinkCount Switch::count(int from, int to) const {
  const Counter& counter = counters_[slot(from, to)];
  return {.frames = counter.frames.load(std::memory_order_relaxed),
          .dropped = counter.dropped.load(std::memory_order_relaxed)};
}

void Switch::run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    bool changed = false;
    for (int i = 0; i < count; ++i)
      changed = changed || events[static_cast<std::size_t>(i)].data.u64 == wake_mark;
    if (changed) {
      std::uint64_t value = 0;
      (void)!::read(wake_.get(), &value, sizeof value);
      adopt();
      const std::lock_guard lock(mutex_);
      if (ending_) return;
    }
    deliver_due();
    for (int i = 0; i < count; ++i) {
      const std::uint64_t mark = events[static_cast<std::size_t>(i)].data.u64;
      if (mark < ports_.size()) drain(static_cast<int>(mark));
    }
    deliver_due();
    arm_timer();
  }
}

// Frames that are under way on a link that has become a hole are lost with it.
void Switch::adopt() {
  {
    const std::lock_guard lock(mutex_);
    links_ = wanted_;
    adopted_epoch_ = wanted_epoch_;
  }
  adopted_.notify_all();
  std::priority_queue<Delayed> kept;
  for (; !delayed_.empty(); delayed_.pop()) {
    const Delayed& each = delayed_.top();
    if (links_.at(each.from, each.to).hole) {
      delayed_bytes_ -= each.frame.size();
      counters_[slot(each.from, each.to)].dropped.fetch_add(1, std::memory_order_relaxed);
    } else {
      kept.push(each);
    }
  }
  delayed_ = std::move(kept);
}

void Switch::drain(int from) {
  static thread_local std::array<char, frame_bytes_max> buffer;
  for (int i = 0; i < frames_a_turn; ++i) {
    const ssize_t size =
        ::read(ports_[static_cast<std::size_t>(from)].frames.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    forward(from, buffer.data(), static_cast<std::size_t>(size));
  }
}

// The last byte of a MAC is the node's id: we gave it. Multicast goes to all.
void Switch::forward(int from, const char* frame, std::size_t size) {
  if (size < ethernet_header_bytes) return;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame[i]); };
  const int nodes = static_cast<int>(ports_.size());
  if ((byte(0) & 1U) != 0) {
    for (int to = 0; to < nodes; ++to)
      if (to != from) pass(from, to, frame, size);
  } else if (byte(0) == 2 && byte(5) < nodes && byte(5) != from) {
    pass(from, byte(5), frame, size);
  }
}

void Switch::pass(int from, int to, const char* frame, std::size_t size) {
  const Link& link = links_.at(from, to);
  Counter& counter = counters_[slot(from, to)];
  counter.frames.fetch_add(1, std::memory_order_relaxed);
  if (link.is_clear()) {
    deliver(to, frame, size);
    return;
  }
  const auto drop = [&] { counter.dropped.fetch_add(1, std::memory_order_relaxed); };
  if (link.hole || rng_.chance(link.drop)) return drop();

  LinkState& state = states_[slot(from, to)];
  const auto now = Clock::now();
  auto due = now;
  if (link.rate_bps > 0) {
    const auto start = std::max(now, state.sent_until);
    if (start - now > queue_behind_rate_max) return drop();
    const double seconds = static_cast<double>(size) * 8 / static_cast<double>(link.rate_bps);
    state.sent_until =
        start + std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
    due = state.sent_until;
  }
  const double swing = 2 * rng_.unit() - 1;
  const auto lag =
      link.delay +
      Nanos(static_cast<std::int64_t>(swing * static_cast<double>(link.jitter.count())));
  if (rng_.chance(link.reorder)) {
    // Overtakes what was sent before it; without a delay to skip, what comes after overtakes it.
    if (link.delay == Nanos{0})
      due += Nanos(static_cast<std::int64_t>(rng_.unit() * Nanos(reorder_ahead).count()));
  } else {
    due = std::max(due + std::max(lag, Nanos{0}), state.last_due);
    state.last_due = due;
  }
  std::vector<char> copy(frame, frame + size);
  if (rng_.chance(link.corrupt) && size > ethernet_header_bytes) {
    const std::size_t at = ethernet_header_bytes + rng_.below(size - ethernet_header_bytes);
    copy[at] =
        static_cast<char>(copy[at] ^ (1 << rng_.below(8)));  // One bit: every checksum sees it.
  }
  if (rng_.chance(link.duplicate)) enqueue(from, to, copy, due);
  enqueue(from, to, std::move(copy), due);
}

void Switch::enqueue(int from, int to, std::vector<char> frame, Clock::time_point due) {
  if (delayed_bytes_ + frame.size() > delayed_bytes_max) {
    counters_[slot(from, to)].dropped.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  delayed_bytes_ += frame.size();
  delayed_.push(
      {.due = due, .sequence = sequence_++, .from = from, .to = to, .frame = std::move(frame)});
}

// A full queue on the other side (EAGAIN, ENOBUFS) loses the frame, as a real
// switch does; TCP copes. EIO: the interface is not up yet.
void Switch::deliver(int to, const char* frame, std::size_t size) {
  (void)!::write(ports_[static_cast<std::size_t>(to)].frames.get(), frame, size);
}

void Switch::deliver_due() {
  if (delayed_.empty()) return;
  const auto now = Clock::now();
  while (!delayed_.empty() && delayed_.top().due <= now) {
    const Delayed& next = delayed_.top();
    deliver(next.to, next.frame.data(), next.frame.size());
    delayed_bytes_ -= next.frame.size();
    delayed_.pop();
  }
}

void Switch::arm_timer() {
  std::uint64_t value = 0;
  (void)!::read(timer_.get(), &value, sizeof value);
  itimerspec spec{};
  if (!delayed_.empty()) {
    const auto since =
        std::chrono::duration_cast<Nanos>(delayed_.top().due.time_since_epoch()).count();
    spec.it_value.tv_sec = since / 1'000'000'000;
    spec.it_value.tv_nsec = since % 1'000'000'000;
  }
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace clew
