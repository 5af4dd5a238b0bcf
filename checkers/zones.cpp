#include "checkers/zones.h"

#include <algorithm>
#include <cstdint>

#include "harness/huge_pages.h"

namespace clew {
namespace {

constexpr CallId no_call = static_cast<CallId>(-1);
constexpr Position before_all = -2;  // The initial value is written in [-2, -1].

// All observations of one value.
struct Seen {
  Position min_ret = never, max_inv = before_all;
  CallId by_min_ret = no_call, by_max_inv = no_call;

  void add(const Interval& call, CallId id) {
    if (call.ret < min_ret) min_ret = call.ret, by_min_ret = id;
    if (call.inv > max_inv) max_inv = call.inv, by_max_inv = id;
  }
  void add(const Seen& other) {
    if (other.min_ret < min_ret) min_ret = other.min_ret, by_min_ret = other.by_min_ret;
    if (other.max_inv > max_inv) max_inv = other.max_inv, by_max_inv = other.by_max_inv;
  }
};

// A write (or the initial value) and all cas that follow it, value by value. No
// other write can come between its first call and its last one.
struct Block {
  Atom first = nil_atom;
  Seen seen{};  // f = seen.min_ret, s = seen.max_inv.
  Position place = 0;

  // Its value must be held on all of [f, s]; otherwise one point of [s, f] is enough for it.
  bool forward() const { return seen.min_ret < seen.max_inv; }
};

class Zones {
 public:
  Zones(const std::vector<RegisterCall>& calls, std::size_t values) : calls_(calls) {
    assign_on_huge_pages(writer_, values, no_call);
  }

  Finding decide() {
    if (!unique()) return {};
    assign_on_huge_pages(swapper_, writer_.size(), no_call);
    assign_on_huge_pages(reads_, writer_.size(), Seen{});
    if (!link() || !make_blocks() || !separate()) return invalid();
    Finding finding;
    finding.answer = Answer::valid;
    finding.order = order_blocks();
    if (!place_refused(finding.order)) return {};
    return finding;
  }

 private:
  bool unique() {
    for (CallId id = 0; id < calls_.size(); ++id) {
      if (!calls_[id].mutates()) continue;
      const Atom to = calls_[id].to;
      if (to == nil_atom || writer_[to] != no_call) return false;
      writer_[to] = id;
    }
    return true;
  }

  // Unknown calls that nobody observed are left out: they need not have happened.
  bool kept(CallId id) const {
    return calls_[id].known() ? calls_[id].act != Act::refused : seen_unknown_[id] != 0;
  }

  bool link() {
    assign_on_huge_pages(seen_unknown_, calls_.size(), std::uint8_t{0});
    for (CallId id = 0; id < calls_.size(); ++id) {
      const RegisterCall& call = calls_[id];
      if (!call.known() || call.act == Act::refused) continue;
      if (call.act == Act::read) reads_[call.from].add(call, id);
      if (call.mutates()) ++mutators_;
      if (call.observes() && !follow(id)) return false;
    }
    return true;
  }

  // Finds the writer of what the kept call saw; a writer of unknown outcome is kept, too.
  // Each value is swapped away at most once, since it is written only once.
  bool follow(CallId observer) {
    for (;;) {
      const RegisterCall& call = calls_[observer];
      if (call.act == Act::cas) {
        if (swapper_[call.from] != no_call) return accuse({swapper_[call.from], observer});
        swapper_[call.from] = observer;
      }
      if (call.from == nil_atom) return true;
      const CallId writer = writer_[call.from];
      if (writer == no_call) return accuse({observer});
      if (calls_[writer].known() || seen_unknown_[writer]) return true;
      seen_unknown_[writer] = 1;
      ++mutators_;
      if (calls_[writer].act != Act::cas) return true;
      observer = writer;
    }
  }

  bool make_blocks() {
    std::size_t covered = 0;
    reserve_on_huge_pages(blocks_, mutators_ + 1);
    if (!make_block(nil_atom, covered)) return false;
    for (CallId id = 0; id < calls_.size(); ++id)
      if (calls_[id].act == Act::write && kept(id) && !make_block(calls_[id].to, covered))
        return false;
    if (covered == mutators_) return true;
    return accuse_cycle();
  }

  // Along the chain, nothing may return before something earlier in it was invoked.
  bool make_block(Atom first, std::size_t& covered) {
    Block block{first};
    if (first == nil_atom) block.seen.min_ret = -1;
    Position latest = before_all;  // Of the invocations so far along the chain.
    CallId latest_call = no_call;
    for (Atom value = first;;) {
      const CallId writer = writer_[value];
      if (writer != no_call) {
        ++covered;
        const RegisterCall& call = calls_[writer];
        block.seen.add(call, writer);
        if (call.ret < latest) return accuse({writer, latest_call});
        if (call.inv > latest) latest = call.inv, latest_call = writer;
      }
      const Seen& reads = reads_[value];
      block.seen.add(reads);
      if (reads.min_ret < latest) return accuse({reads.by_min_ret, latest_call});
      if (reads.max_inv > latest) latest = reads.max_inv, latest_call = reads.by_max_inv;
      if (swapper_[value] == no_call) break;
      value = calls_[swapper_[value]].to;
    }
    blocks_.push_back(block);
    return true;
  }

  // Some cas is reachable from no write: it follows itself.
  bool accuse_cycle() {
    std::vector<std::uint8_t> reached(calls_.size(), 0);
    for (const Block& block : blocks_)
      for (Atom value = block.first; swapper_[value] != no_call; value = calls_[swapper_[value]].to)
        reached[swapper_[value]] = 1;
    for (CallId id = 0; id < calls_.size(); ++id)
      if (calls_[id].act == Act::cas && kept(id) && !reached[id]) return accuse({id});
    return accuse({});
  }

  // The numbers of all blocks by their place, in time that grows with the history only.
  // The zones are lined up by now: their room serves again.
  std::vector<std::uint32_t> by_place() {
    const auto place = [&](const Block& block) {
      return static_cast<std::size_t>(block.place - before_all);
    };
    std::vector<std::uint32_t>& starts = zone_at_;
    starts.assign(2 * calls_.size() + 3, 0);
    std::vector<std::uint32_t> out;
    assign_on_huge_pages(out, blocks_.size(), 0U);
    for (const Block& block : blocks_) ++starts[place(block) + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) out[starts[place(blocks_[b])]++] = b;
    return out;
  }

  // Finds, for each position, the last zone that begins up to there. False: two overlap.
  bool line_up_zones() {
    assign_on_huge_pages(zone_at_, 2 * calls_.size() + 3, no_call);
    const auto place = [](Position at) { return static_cast<std::size_t>(at - before_all); };
    for (std::uint32_t b = 0; b < blocks_.size(); ++b)
      if (blocks_[b].forward()) zone_at_[place(blocks_[b].seen.min_ret)] = b;
    std::uint32_t last = no_call;
    for (std::uint32_t& zone : zone_at_) {
      if (zone == no_call) {
        zone = last;
        continue;
      }
      if (last != no_call && blocks_[zone].seen.min_ret < blocks_[last].seen.max_inv)
        return accuse_blocks(last, zone);
      last = zone;
    }
    return true;
  }

  // Two blocks exclude each other if each must begin before the other may end.
  bool separate() {
    const auto begins = [this](std::uint32_t b) { return blocks_[b].seen.min_ret; };
    const auto ends = [this](std::uint32_t b) { return blocks_[b].seen.max_inv; };
    if (!line_up_zones()) return false;
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
      Block& block = blocks_[b];
      block.place = block.forward() ? begins(b) : ends(b);
      if (block.forward()) continue;
      const std::uint32_t zone = zone_at_[static_cast<std::size_t>(ends(b) - before_all)];
      if (zone == no_call) continue;
      if (begins(b) < ends(zone)) return accuse_blocks(zone, b);
      block.place = std::max(block.place, ends(zone));  // Right after the zone it starts in.
    }
    return true;
  }

  // Blocks by place; within a block value by value, each value's writer before
  // its readers; otherwise by invocation.
  std::vector<CallId> order_blocks() {
    // A zone's place is a return or before all, the others' an invocation: a tie is of
    // blocks that may come in any order.
    std::vector<std::uint32_t> rank;  // Of each value in the order.
    assign_on_huge_pages(rank, reads_.size(), 0U);
    std::uint32_t next = 0;
    for (const std::uint32_t b : by_place()) {
      for (Atom value = blocks_[b].first;;) {
        rank[value] = next++;
        if (swapper_[value] == no_call) break;
        value = calls_[swapper_[value]].to;
      }
    }
    std::vector<std::uint32_t>& start = zone_at_;
    start.assign(2 * std::size_t{next} + 1, 0);
    const auto bucket = [&](const RegisterCall& call) {
      return call.mutates() ? 2 * std::size_t{rank[call.to]} : 2 * std::size_t{rank[call.from]} + 1;
    };
    std::size_t total = 0;
    for (CallId id = 0; id < calls_.size(); ++id)
      if (kept(id)) ++start[bucket(calls_[id]) + 1], ++total;
    for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
    std::vector<CallId> order;
    assign_on_huge_pages(order, total, no_call);
    for (CallId id = 0; id < calls_.size(); ++id)
      if (kept(id)) order[start[bucket(calls_[id])]++] = id;
    return order;
  }

  bool place_refused(std::vector<CallId>& order) const;

  bool accuse(std::vector<CallId> suspects) {
    suspects_ = std::move(suspects);
    return false;
  }
  bool accuse_blocks(std::uint32_t a, std::uint32_t b) {
    const Seen& x = blocks_[a].seen;
    const Seen& y = blocks_[b].seen;
    return accuse({x.by_min_ret, x.by_max_inv, y.by_min_ret, y.by_max_inv});
  }
  Finding invalid() {
    Finding finding;
    finding.answer = Answer::invalid;
    std::sort(suspects_.begin(), suspects_.end());
    suspects_.erase(std::unique(suspects_.begin(), suspects_.end()), suspects_.end());
    while (!suspects_.empty() && suspects_.back() == no_call) suspects_.pop_back();
    finding.suspects = std::move(suspects_);
    return finding;
  }

  const std::vector<RegisterCall>& calls_;
  std::vector<CallId> writer_, swapper_;    // By value: who writes it, who swaps it away.
  std::vector<Seen> reads_;                 // By value.
  std::vector<std::uint8_t> seen_unknown_;  // By call.
  std::size_t mutators_ = 0;                // Kept writes and cas.
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> zone_at_;  // By position, or room for counts of what is at each.
  std::vector<CallId> suspects_;
};

// Slot j lies before order[j]. A refused cas fits into a slot if the register
// does not hold its `from` there, everything before was invoked before it
// returned, and everything after returns after it was invoked. Refused cas are
// placed as early as they go, none before one that returned before it began.
bool Zones::place_refused(std::vector<CallId>& order) const {
  std::vector<CallId> refused;
  for (CallId id = 0; id < calls_.size(); ++id)
    if (calls_[id].act == Act::refused) refused.push_back(id);
  if (refused.empty()) return true;

  const std::size_t n = order.size();
  std::vector<Position> latest(n + 1, before_all), soonest(n + 1, never);
  std::vector<Atom> held(n + 1, nil_atom);
  std::vector<std::uint32_t> changes(n + 1,
                                     static_cast<std::uint32_t>(n + 1));  // Next other value.
  for (std::size_t j = 0; j < n; ++j) {
    const RegisterCall& call = calls_[order[j]];
    latest[j + 1] = std::max(latest[j], call.inv);
    held[j + 1] = call.mutates() ? call.to : held[j];
  }
  for (std::size_t j = n; j-- > 0;) {
    soonest[j] = std::min(soonest[j + 1], calls_[order[j]].ret);
    changes[j] = held[j + 1] != held[j] ? static_cast<std::uint32_t>(j + 1) : changes[j + 1];
  }
  std::vector<std::pair<std::size_t, CallId>> placed;  // Slot; refused is sorted by invocation.
  std::vector<std::pair<Position, std::size_t>> returned;
  std::vector<CallId> by_ret = refused;
  std::sort(by_ret.begin(), by_ret.end(),
            [this](CallId a, CallId b) { return calls_[a].ret < calls_[b].ret; });
  std::vector<std::size_t> slot_of(calls_.size(), 0);
  std::size_t floor = 0, done = 0;
  for (const CallId id : refused) {
    const RegisterCall& call = calls_[id];
    for (; done < by_ret.size() && calls_[by_ret[done]].ret < call.inv; ++done)
      floor = std::max(floor, slot_of[by_ret[done]]);
    const auto first = std::upper_bound(soonest.begin(), soonest.end(), call.inv);
    std::size_t slot = std::max(floor, static_cast<std::size_t>(first - soonest.begin()));
    if (slot <= n && held[slot] == call.from) slot = changes[slot];
    if (slot > n || latest[slot] > call.ret) return false;
    slot_of[id] = slot;
    placed.emplace_back(slot, id);
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<CallId> merged;
  merged.reserve(n + placed.size());
  std::size_t next = 0;
  for (std::size_t j = 0; j <= n; ++j) {
    for (; next < placed.size() && placed[next].first == j; ++next)
      merged.push_back(placed[next].second);
    if (j < n) merged.push_back(order[j]);
  }
  order.swap(merged);
  return true;
}

}  // namespace

Finding decide_by_zones(const std::vector<RegisterCall>& calls, std::size_t values) {
  return Zones(calls, values).decide();
}

}  // namespace clew
