#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "checkers/model.h"
#include "harness/history.h"

namespace clew {

// What is judged of one key.
template <class M>
struct KeyCalls {
  std::string key{};
  std::vector<Call<M>> calls{};  // By time of invocation.
  std::size_t dropped = 0;       // Failed, or unknown and without effect: they cannot matter.
};

// Splits a history by key and turns operations into calls. A failed operation
// has had no effect and is left out; a refused cas is an answer and stays. An
// unknown call that could only have observed is left out: it constrains nothing.
// Throws UsageError on an operation that the model does not know.
template <Model M>
std::vector<KeyCalls<M>> calls_by_key(const History& history, Interner& interner) {
  std::vector<KeyCalls<M>> keys;
  std::map<std::string, std::size_t, std::less<>> place;
  const auto ops = history.ops();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    if (op.process < 0 || op.kind != Kind::invoke) continue;
    const auto [it, fresh] = place.emplace(op.key, keys.size());
    if (fresh) keys.push_back({.key = op.key});
    KeyCalls<M>& key = keys[it->second];
    Call<M> call{.invoked = op.time, .input = M::parse_input(op, interner), .position = i};
    const std::size_t end = history.completion(i);
    if (end != History::none) {
      const Op& done = ops[end];
      const bool refused = done.kind == Kind::fail && op.f == "cas" && done.error == compare_failed;
      if (done.kind == Kind::fail && !refused) {
        ++key.dropped;
        continue;
      }
      if (done.kind == Kind::ok || refused) {
        call.returned = done.time;
        call.output = M::parse_output(op, done, interner);
      }
    }
    if (!call.known() && M::pure(call.input, nullptr)) {
      ++key.dropped;
      continue;
    }
    key.calls.push_back(std::move(call));
  }
  return keys;
}

// How many calls were under way at once, at most; unknown ones not counted.
template <class M>
std::size_t max_concurrency(const std::vector<Call<M>>& calls) {
  std::vector<std::pair<Nanos, int>> events;
  for (const Call<M>& call : calls) {
    if (!call.known()) continue;
    events.emplace_back(call.invoked, 0);
    events.emplace_back(call.returned, 1);
  }
  std::sort(events.begin(), events.end());
  std::size_t now = 0;
  std::size_t most = 0;
  for (const auto& [time, end] : events) {
    if (end != 0) {
      --now;
    } else {
      most = std::max(most, ++now);
    }
  }
  return most;
}

}  // namespace clew
