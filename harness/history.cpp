#include "harness/history.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "harness/error.h"

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

}  // namespace

History::History(std::vector<Op> ops) : ops_(std::move(ops)), pair_(ops_.size(), none) {
  // Pair in the order of the file, in which each process' own events follow one
  // another; only then sort, or a call of zero length would end before it began.
  std::unordered_map<std::int64_t, std::size_t> open;
  std::unordered_set<std::int64_t> retired;
  for (std::size_t i = 0; i < ops_.size(); ++i) {
    const Op& op = ops_[i];
    if (op.process < 0) continue;
    if (op.kind == Kind::invoke) {
      if (retired.contains(op.process))
        throw UsageError(name_of(op) +
                         ": its process had an unknown outcome before and must not be used again");
      if (!open.emplace(op.process, i).second)
        throw UsageError(name_of(op) + ": its process has another operation open");
      continue;
    }
    const auto it = open.find(op.process);
    if (it == open.end()) throw UsageError(name_of(op) + ": it completes nothing that was invoked");
    const Op& invocation = ops_[it->second];
    if (invocation.f != op.f || invocation.key != op.key)
      throw UsageError(name_of(op) + ": it completes " + name_of(invocation) +
                       " but differs in f or key");
    if (op.time < invocation.time) throw UsageError(name_of(op) + ": it ends before it began");
    pair_[it->second] = i;
    pair_[i] = it->second;
    open.erase(it);
    if (op.kind == Kind::info) retired.insert(op.process);
  }
  std::vector<std::size_t> order(ops_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return earlier(ops_[a], ops_[b]); });
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<Op> sorted(ops_.size());
  std::vector<std::size_t> sorted_pair(ops_.size(), none);
  for (std::size_t i = 0; i < order.size(); ++i) {
    sorted[i] = std::move(ops_[order[i]]);
    if (pair_[order[i]] != none) sorted_pair[i] = place[pair_[order[i]]];
  }
  ops_ = std::move(sorted);
  pair_ = std::move(sorted_pair);
  // Only invocations point at their completion.
  for (std::size_t i = 0; i < ops_.size(); ++i)
    if (ops_[i].kind != Kind::invoke) pair_[i] = none;
}

}  // namespace clew
