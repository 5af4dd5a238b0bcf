#include "harness/history.h"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

#include "harness/check.h"
#include "harness/error.h"
#include "harness/huge_pages.h"

namespace clew {
namespace {

std::string name_of(const Op& op) {
  return "event " + std::to_string(op.index) + " (process " + std::to_string(op.process) + ", " +
         std::string(to_string(op.kind)) + " " + op.f + ")";
}

// A nemesis event takes no part; a client's invocation sorts before a
// completion of the same time, since equal times count as concurrent.
bool earlier(const Op& a, const Op& b) {
  if (a.time != b.time) return a.time < b.time;
  return (a.kind == Kind::invoke) > (b.kind == Kind::invoke);
}

// What is known of a process while its events go by.
struct Track {
  std::size_t open = History::none;  // Its invocation without completion.
  bool retired = false;              // Had an unknown outcome.
};

// The tracks of all processes. Numbers are small as a rule; those that are not
// are looked up.
class Tracks {
 public:
  explicit Tracks(std::size_t events) : small_(2 * events + 1024) {}

  Track& operator[](std::int64_t process) {
    const auto number = static_cast<std::size_t>(process);
    if (number >= small_) return far_[process];
    if (number >= near_.size()) near_.resize(std::max(number + 1, 2 * near_.size()));
    return near_[number];
  }

 private:
  std::size_t small_;
  std::vector<Track> near_{};
  std::unordered_map<std::int64_t, Track> far_{};
};

void complete(const Op& op, const Op& invocation) {
  if (invocation.f != op.f || invocation.key != op.key)
    throw UsageError(name_of(op) + ": it completes " + name_of(invocation) +
                     " but differs in f or key");
  if (op.time < invocation.time) throw UsageError(name_of(op) + ": it ends before it began");
}

// For each invocation the position of its completion. In the order of the file,
// in which each process' own events follow one another: only then may they be
// sorted, or a call of zero length would end before it began.
std::vector<std::size_t> pair_up(const std::vector<Op>& ops) {
  CLEW_CHECK(ops.size() < std::numeric_limits<std::uint32_t>::max() / 2);
  std::vector<std::size_t> pair;
  reserve_on_huge_pages(pair, ops.size());
  pair.assign(ops.size(), History::none);
  Tracks tracks(ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    if (op.process < 0) continue;
    Track& track = tracks[op.process];
    if (op.kind == Kind::invoke) {
      if (track.retired)
        throw UsageError(name_of(op) +
                         ": its process had an unknown outcome before and must not be used again");
      if (track.open != History::none)
        throw UsageError(name_of(op) + ": its process has another operation open");
      track.open = i;
      continue;
    }
    if (track.open == History::none)
      throw UsageError(name_of(op) + ": it completes nothing that was invoked");
    complete(op, ops[track.open]);
    pair[track.open] = i;
    track.open = History::none;
    track.retired = op.kind == Kind::info;
  }
  return pair;
}

// The positions in the order of real time. A recorder's file is nearly in order: then
// each event moves a few places only, which takes a tenth of the time of a sort.
std::vector<std::uint32_t> order_of(const std::vector<Op>& ops) {
  struct Place {
    std::int64_t time = 0;
    std::uint32_t completes = 0;
    std::uint32_t at = 0;
  };
  const auto before = [](const Place& a, const Place& b) {
    return a.time != b.time ? a.time < b.time : a.completes < b.completes;
  };
  std::vector<Place> places;
  reserve_on_huge_pages(places, ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i)
    places.push_back(
        {ops[i].time.count(), ops[i].kind != Kind::invoke, static_cast<std::uint32_t>(i)});
  std::size_t moves = 0;
  const std::size_t most_moves = 16 * places.size() + 1000;
  for (std::size_t i = 1; i < places.size() && moves < most_moves; ++i) {
    const Place place = places[i];
    std::size_t at = i;
    for (; at > 0 && before(place, places[at - 1]); --at, ++moves) places[at] = places[at - 1];
    places[at] = place;
  }
  if (moves >= most_moves) std::stable_sort(places.begin(), places.end(), before);
  std::vector<std::uint32_t> order(places.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = places[i].at;
  return order;
}

// Where `order[i]` goes to i. Only what changes its place is moved.
void put_in_order(std::vector<Op>& ops, std::vector<std::uint32_t> order) {
  for (std::size_t start = 0; start < order.size(); ++start) {
    if (order[start] == start) continue;
    Op first = std::move(ops[start]);
    std::size_t at = start;
    for (;;) {
      const std::size_t from = std::exchange(order[at], static_cast<std::uint32_t>(at));
      if (from == start) break;
      ops[at] = std::move(ops[from]);
      at = from;
    }
    ops[at] = std::move(first);
  }
}

}  // namespace

History::History(std::vector<Op> ops) : ops_(std::move(ops)), pair_(pair_up(ops_)) {
  if (std::is_sorted(ops_.begin(), ops_.end(), earlier)) return;
  const std::vector<std::uint32_t> order = order_of(ops_);
  std::vector<std::uint32_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<std::uint32_t>(i);
  std::vector<std::size_t> sorted_pair(ops_.size(), none);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (pair_[order[i]] != none) sorted_pair[i] = place[pair_[order[i]]];
  put_in_order(ops_, order);
  pair_ = std::move(sorted_pair);
}

}  // namespace clew
