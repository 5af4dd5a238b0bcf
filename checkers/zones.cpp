#include "checkers/zones.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "harness/check.h"

namespace clew {
namespace {

using Verb = CasRegister::Verb;
using Calls = std::vector<Call<CasRegister>>;

constexpr std::size_t none = static_cast<std::size_t>(-1);

bool refused(const Call<CasRegister>& call) {
  return call.input.verb == Verb::cas && call.known() && !call.output->swapped;
}
bool writes(const Call<CasRegister>& call) {
  return call.input.verb != Verb::read && !refused(call);
}

// One value: who wrote it, who read it, who swapped it for another.
struct ValueFacts {
  std::size_t writer = none;  // none: the initial value, or nobody.
  std::vector<std::size_t> reads{};
  std::size_t successor = none;  // The kept cas that expects it.
  bool needed = false;
  bool placed = false;  // In a block.
};

struct Block {
  std::vector<std::size_t> order{};  // By position in the chain.
  Nanos first_return = Nanos::max();
  Nanos last_invocation = Nanos::min();
  bool forward() const { return first_return < last_invocation; }
};

class Zones {
 public:
  explicit Zones(const Calls& calls) : calls_(calls) {}

  Answer decide() {
    if (!index() || !keep_needed()) return answer_;
    if (!link_swaps() || !build_blocks()) return answer_;
    if (!zones_fit()) return answer_;
    place_blocks();
    if (!place_refusals()) return answer_;
    answer_.kind = Answer::Kind::valid;
    return answer_;
  }

 private:
  bool invalid(std::vector<std::size_t> core) {
    answer_.kind = Answer::Kind::invalid;
    std::sort(core.begin(), core.end());
    core.erase(std::unique(core.begin(), core.end()), core.end());
    answer_.core = std::move(core);
    return false;
  }
  bool not_applicable() {
    answer_.kind = Answer::Kind::not_applicable;
    return false;
  }

  // Who writes and reads what; false if a value is written twice.
  bool index() {
    facts_[Interner::nil].needed = true;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call<CasRegister>& call = calls_[i];
      if (refused(call)) {
        refusals_.push_back(i);
        continue;
      }
      if (call.input.verb == Verb::read) {
        if (call.known()) facts_[call.output->found].reads.push_back(i);
        continue;
      }
      if (call.input.value == Interner::nil) return not_applicable();
      ValueFacts& facts = facts_[call.input.value];
      if (facts.writer != none) return not_applicable();
      facts.writer = i;
    }
    return true;
  }

  // A value that was seen, or swapped from, was written: its writer happened,
  // even if its client does not know. Other unknown writes are left out.
  bool keep_needed() {
    std::vector<std::pair<std::int32_t, std::size_t>> todo;  // A value, and the call that shows it.
    for (const auto& [value, facts] : facts_)
      if (!facts.reads.empty()) todo.emplace_back(value, facts.reads.front());
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (!writes(calls_[i]) || !calls_[i].known()) continue;
      facts_[calls_[i].input.value].needed = true;
      if (calls_[i].input.verb == Verb::cas) todo.emplace_back(calls_[i].input.old, i);
    }
    std::set<std::int32_t> followed;
    while (!todo.empty()) {
      const auto [value, shown_by] = todo.back();
      todo.pop_back();
      if (value == Interner::nil || !followed.insert(value).second) continue;
      ValueFacts& facts = facts_[value];
      if (facts.writer == none) {
        answer_.stuck = shown_by;
        return invalid({shown_by});
      }
      facts.needed = true;
      const Call<CasRegister>& writer = calls_[facts.writer];
      if (writer.input.verb == Verb::cas) todo.emplace_back(writer.input.old, facts.writer);
    }
    return true;
  }

  bool kept(std::size_t i) const { return facts_.at(calls_[i].input.value).needed; }

  // A value is held once: only one cas can have swapped it away.
  bool link_swaps() {
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call<CasRegister>& call = calls_[i];
      if (call.input.verb != Verb::cas || !writes(call) || !kept(i)) continue;
      ValueFacts& before = facts_[call.input.old];
      if (before.successor != none) {
        std::vector<std::size_t> core{i, before.successor};
        if (before.writer != none) core.push_back(before.writer);
        return invalid(with_proof(std::move(core)));
      }
      before.successor = i;
    }
    return true;
  }

  // An unknown write counts as happened because a read, or a swap, shows it: these belong to
  // the proof, and what the swaps among them expect, back to a plain write.
  std::vector<std::size_t> with_proof(std::vector<std::size_t> core) const {
    std::set<std::size_t> closed;
    while (!core.empty()) {
      const std::size_t i = core.back();
      core.pop_back();
      if (!closed.insert(i).second) continue;
      const Call<CasRegister>& call = calls_[i];
      const auto need_writer = [&](std::int32_t value) {
        const auto it = facts_.find(value);
        if (it != facts_.end() && it->second.writer != none) core.push_back(it->second.writer);
      };
      if (call.input.verb == Verb::read) need_writer(call.output->found);
      if (call.input.verb == Verb::cas) need_writer(call.input.old);
      if (!writes(call) || call.known()) continue;
      const ValueFacts& facts = facts_.at(call.input.value);
      if (!facts.reads.empty()) {
        core.push_back(facts.reads.front());
      } else if (facts.successor != none) {
        core.push_back(facts.successor);
      }
    }
    return {closed.begin(), closed.end()};
  }

  bool build_blocks() {
    Block first;  // Of the initial value: begun before everything.
    first.first_return = first.last_invocation = Nanos::min();
    if (!follow_chain(Interner::nil, first)) return false;
    blocks_.push_back(std::move(first));
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].input.verb != Verb::write || !kept(i)) continue;
      Block block;
      if (!follow_chain(calls_[i].input.value, block)) return false;
      blocks_.push_back(std::move(block));
    }
    for (const auto& [value, facts] : facts_) {
      if (!facts.needed || facts.placed) continue;
      // Swaps in a circle: each needs the one before it.
      std::vector<std::size_t> core;
      for (const auto& [other, each] : facts_)
        if (each.needed && !each.placed && each.writer != none) core.push_back(each.writer);
      return invalid(with_proof(std::move(core)));
    }
    return true;
  }

  // From `value` along its swaps: the writer of the k-th value, then its reads.
  bool follow_chain(std::int32_t value, Block& block) {
    std::vector<std::size_t> positions;  // Start of each group in block.order.
    for (;;) {
      ValueFacts& facts = facts_[value];
      facts.placed = true;
      if (facts.writer != none) {
        positions.push_back(block.order.size());
        add(block, facts.writer);
      }
      positions.push_back(block.order.size());
      std::sort(facts.reads.begin(), facts.reads.end(), [&](std::size_t a, std::size_t b) {
        return calls_[a].invoked < calls_[b].invoked;
      });
      for (const std::size_t read : facts.reads) add(block, read);
      if (facts.successor == none) break;
      value = calls_[facts.successor].input.value;
    }
    return chain_fits(block, positions);
  }

  void add(Block& block, std::size_t i) {
    block.order.push_back(i);
    block.first_return = std::min(block.first_return, calls_[i].returned);
    block.last_invocation = std::max(block.last_invocation, calls_[i].invoked);
  }

  // Nothing in the chain may have returned before something that comes earlier was invoked.
  bool chain_fits(const Block& block, const std::vector<std::size_t>& positions) {
    std::size_t latest = none;  // Of all earlier groups: invoked last.
    for (std::size_t g = 0; g < positions.size(); ++g) {
      const std::size_t end = g + 1 < positions.size() ? positions[g + 1] : block.order.size();
      std::size_t next_latest = latest;
      for (std::size_t at = positions[g]; at < end; ++at) {
        const std::size_t i = block.order[at];
        if (latest != none && calls_[i].returned < calls_[latest].invoked) {
          answer_.stuck = latest;
          // The chain between the two belongs to the proof.
          std::vector<std::size_t> core{i, latest};
          for (std::size_t k = 0; k <= at; ++k)
            if (writes(calls_[block.order[k]])) core.push_back(block.order[k]);
          return invalid(with_proof(std::move(core)));
        }
        if (next_latest == none || calls_[i].invoked > calls_[next_latest].invoked) next_latest = i;
      }
      latest = next_latest;
    }
    return true;
  }

  bool zones_fit() {
    std::sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
      return std::pair(a.first_return, a.last_invocation) <
             std::pair(b.first_return, b.last_invocation);
    });
    for (std::size_t b = 0; b < blocks_.size(); ++b)
      if (blocks_[b].forward()) forward_.push_back(b);
    for (std::size_t k = 1; k < forward_.size(); ++k)
      if (blocks_[forward_[k]].first_return < blocks_[forward_[k - 1]].last_invocation)
        return conflict(blocks_[forward_[k - 1]], blocks_[forward_[k]]);
    for (const Block& block : blocks_) {
      if (block.forward()) continue;
      const Block* around = zone_around(block.last_invocation);
      if (around != nullptr && block.first_return < around->last_invocation)
        return conflict(*around, block);
    }
    return true;
  }

  // The forward zone that `time` lies strictly inside of, or nullptr.
  const Block* zone_around(Nanos time) const {
    const auto it =
        std::lower_bound(forward_.begin(), forward_.end(), time,
                         [&](std::size_t b, Nanos t) { return blocks_[b].first_return < t; });
    if (it == forward_.begin()) return nullptr;
    const Block& zone = blocks_[*(it - 1)];
    return time < zone.last_invocation ? &zone : nullptr;
  }

  bool conflict(const Block& a, const Block& b) {
    std::vector<std::size_t> core = a.order;
    core.insert(core.end(), b.order.begin(), b.order.end());
    return invalid(std::move(core));
  }

  // Forward zones begin at their first return; a backward one goes to any point
  // between its last invocation and its first return that no forward zone covers.
  void place_blocks() {
    std::vector<std::tuple<Nanos, bool, std::size_t>> points;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      Nanos point = block.first_return;
      if (!block.forward()) {
        const Block* around = zone_around(block.last_invocation);
        point = around == nullptr ? block.last_invocation : around->last_invocation;
      }
      points.emplace_back(point, block.forward(), b);
    }
    std::sort(points.begin(), points.end());
    for (const auto& [point, forward, b] : points)
      answer_.order.insert(answer_.order.end(), blocks_[b].order.begin(), blocks_[b].order.end());
  }

  // Each refused cas goes to a moment within its time at which the register held
  // something else.
  bool place_refusals() {
    if (refusals_.empty()) return true;
    // Stretches of one state: from `begin` on, behind the first `behind` calls of the order.
    struct Stretch {
      Nanos begin;
      std::int32_t state;
      std::size_t behind;
    };
    std::vector<Stretch> stretches{{Nanos::min(), Interner::nil, 0}};
    std::vector<Nanos> times;
    Nanos time = Nanos::min();
    for (std::size_t k = 0; k < answer_.order.size(); ++k) {
      const Call<CasRegister>& call = calls_[answer_.order[k]];
      time = std::max(time, call.invoked);
      times.push_back(time);
      if (writes(call)) stretches.push_back({time, call.input.value, k + 1});
    }
    std::vector<std::tuple<std::size_t, Nanos, std::size_t>>
        insertions;  // Before which call, when, who.
    for (const std::size_t i : refusals_) {
      const Call<CasRegister>& call = calls_[i];
      // The last stretch that has begun when the call is invoked, and those that begin before it
      // returns.
      auto it = std::upper_bound(stretches.begin(), stretches.end(), call.invoked,
                                 [](Nanos t, const Stretch& stretch) { return t < stretch.begin; });
      --it;
      // Several stretches may begin at one moment, with the earlier ones empty but real.
      while (it != stretches.begin() && (it->begin == call.invoked)) --it;
      while (it != stretches.end() && it->begin <= call.returned && it->state == call.input.old)
        ++it;
      if (it == stretches.end() || it->begin > call.returned) return not_applicable();
      const Nanos when = std::max(it->begin, call.invoked);
      // Within the stretch behind everything that comes no later than `when`.
      const std::size_t limit =
          it + 1 == stretches.end() ? answer_.order.size() : (it + 1)->behind - 1;
      std::size_t before = it->behind;
      while (before < limit && times[before] <= when) ++before;
      insertions.emplace_back(before, when, i);
    }
    std::sort(insertions.begin(), insertions.end());
    std::vector<std::size_t> order;
    std::size_t next = 0;
    for (std::size_t k = 0; k <= answer_.order.size(); ++k) {
      for (; next < insertions.size() && std::get<0>(insertions[next]) == k; ++next)
        order.push_back(std::get<2>(insertions[next]));
      if (k < answer_.order.size()) order.push_back(answer_.order[k]);
    }
    answer_.order = std::move(order);
    // The moments of equal time leave room for doubt: only an order that replays counts.
    return is_linearization(calls_, answer_.order) || not_applicable();
  }

  const Calls& calls_;
  Answer answer_{};
  std::unordered_map<std::int32_t, ValueFacts> facts_;
  std::vector<std::size_t> refusals_;
  std::vector<Block> blocks_;
  std::vector<std::size_t> forward_;
};

}  // namespace

Answer decide_by_zones(const Calls& calls) { return Zones(calls).decide(); }

}  // namespace clew
