#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/call.h"
#include "checkers/fail_means.h"
#include "checkers/partition.h"
#include "harness/error.h"
#include "harness/history.h"
#include "harness/huge_pages.h"

namespace clew {

[[noreturn]] void refuse_function(const Op& op, std::string_view model,
                                  std::span<const std::string_view> functions);

// How one call ended, in the terms of the checkers.
template <Model M>
std::optional<typename M::Output> answer_of(const typename M::Input& input, const Op& completion,
                                            FailMeans fail_means, Values& values, bool& absent) {
  if (completion.kind == Kind::ok) return M::parse_output(input, completion, values);
  absent = completion.kind == Kind::fail;
  if constexpr (KnowsRefusal<M>) {
    if (absent && fail_means == FailMeans::observed && completion.error == compare_failed) {
      auto refusal = M::refused(input);
      absent = !refusal;
      return refusal;
    }
  }
  return std::nullopt;
}

// Reads the calls of one key out of the history. Drops what cannot matter: calls
// that certainly failed, and calls of unknown outcome that change nothing.
// Throws UsageError on a function that the model does not know.
template <Model M>
KeyCalls<M> normalise(const History& history, const KeyEvents& key, FailMeans fail_means) {
  constexpr CallId none = static_cast<CallId>(-1);
  const auto ops = history.ops();
  KeyCalls<M> out;
  reserve_on_huge_pages(out.calls, key.call_count);
  std::vector<CallId> kept(key.call_count, none);  // By number in the key.
  std::size_t open = 0;
  Position position = 0;
  for (std::size_t i = 0; i < key.events.size(); ++i) {
    const std::uint32_t at = key.events[i];
    const Op& op = ops[at];
    if (op.kind != Kind::invoke) {
      if (kept[key.calls[i]] != none) out.calls[kept[key.calls[i]]].ret = position++;
      --open;
      continue;
    }
    const std::size_t end = history.completion(at);
    out.max_concurrency = std::max(out.max_concurrency, ++open);
    auto input = M::parse_input(op, out.values);
    if (!input) refuse_function(op, M::name, M::functions);
    Call<M> call;
    call.input = std::move(*input);
    call.op = at;
    bool absent = false;
    std::optional<typename M::Output> answer;
    if (end != History::none)
      answer = answer_of<M>(call.input, ops[end], fail_means, out.values, absent);
    if (absent || (!answer && is_pure<M>(call.input, nullptr))) {
      ++out.dropped;
      continue;
    }
    call.inv = position++;
    if (answer) {
      call.output = std::move(*answer);
      if constexpr (KnowsChoice<M>) M::choose(call.input, call.output);
      kept[key.calls[i]] = static_cast<CallId>(out.calls.size());
    } else {
      ++out.unknown;
    }
    out.calls.push_back(std::move(call));
  }
  return out;
}

}  // namespace clew
