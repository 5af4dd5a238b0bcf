#include "reports/fixtures.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "checkers/export.h"
#include "reports/story.h"

namespace clew {
namespace {

constexpr std::size_t most_calls = 200;

using Positions = std::unordered_map<std::int64_t, std::size_t>;  // By index in the file.

std::string fixture(const History& history, const Positions& at, const Counterexample& shown) {
  std::vector<std::size_t> events;
  for (const ShownCall& call : shown.calls) {
    const auto it = at.find(call.index);
    if (it == at.end()) return {};  // Of another history.
    events.push_back(it->second);
    if (const std::size_t end = history.completion(it->second); end != History::none)
      events.push_back(end);
  }
  std::sort(events.begin(), events.end());
  std::vector<Op> ops;
  for (const std::size_t i : events) ops.push_back(history.ops()[i]);
  return export_history(ops, Format::jsonl).text;
}

}  // namespace

std::vector<std::string> fixtures(const History& history, const Results& results) {
  const auto all = counterexamples(results);
  std::vector<std::string> out(all.size());
  std::unordered_set<std::int64_t> wanted;
  for (const Counterexample* shown : all)
    for (const ShownCall& call : shown->calls) wanted.insert(call.index);
  if (wanted.empty()) return out;
  Positions found;
  for (std::size_t i = 0; i < history.ops().size(); ++i) {
    const Op& op = history.ops()[i];
    if (op.kind == Kind::invoke && op.process >= 0 && wanted.contains(op.index))
      found.emplace(op.index, i);
  }
  for (std::size_t n = 0; n < all.size(); ++n)
    if (all[n]->calls.size() <= most_calls) out[n] = fixture(history, found, *all[n]);
  return out;
}

}  // namespace clew
