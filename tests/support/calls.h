#pragma once

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "harness/history.h"

namespace clew::testing {

// One call of any function: who, when, what was asked, what came back.
struct Called {
  std::int64_t process = 0;
  std::int64_t from = 0, to = 0;
  std::string f{};
  Value asked{};
  Value answer{};
  Kind end = Kind::ok;
  std::string error{};
};

// The calls as a history; at equal times they begin before they end.
inline History history_of_calls(const std::vector<Called>& calls, const std::string& key = {}) {
  std::vector<Op> ops;
  for (const Called& call : calls) {
    Op op{.time = Nanos(call.from), .process = call.process, .f = call.f, .key = key};
    op.value = call.asked;
    ops.push_back(op);
    op.time = Nanos(call.to);
    op.kind = call.end;
    op.value = call.answer;
    op.error = call.error;
    ops.push_back(op);
  }
  std::stable_sort(ops.begin(), ops.end(), [](const Op& a, const Op& b) {
    return std::tie(a.time, a.kind) < std::tie(b.time, b.kind);
  });
  for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
  return History(std::move(ops));
}

}  // namespace clew::testing
