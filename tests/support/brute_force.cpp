#include "tests/support/brute_force.h"

#include <map>
#include <string>

namespace clew::testing {
namespace {

struct Interval {
  std::int64_t from = 0, to = INT64_MAX;
  std::string f{};
  Value argument{}, answer{};
  bool certain = false;  // Returned, with an answer.
  bool refused = false;
  bool used = false;
};

// Chooses what takes effect next, in every possible way.
bool some_order(std::vector<Interval>& calls, const Value& state) {
  bool all_done = true;
  std::int64_t earliest_end = INT64_MAX;
  for (const Interval& call : calls) {
    if (call.used) continue;
    if (call.certain) all_done = false;
    if (call.to < earliest_end) earliest_end = call.to;
  }
  if (all_done) return true;
  for (Interval& call : calls) {
    if (call.used || call.from > earliest_end) continue;
    Value next = state;
    bool fits = true;
    if (call.f == "read") {
      fits = !call.certain || call.answer == state;
    } else if (call.f == "write") {
      next = call.argument;
    } else {
      const bool hit = call.argument.as_list()[0] == state;
      if (hit) next = call.argument.as_list()[1];
      if (call.certain) fits = hit != call.refused;
    }
    if (!fits) continue;
    call.used = true;
    const bool found = some_order(calls, next);
    call.used = false;
    if (found) return true;
  }
  return false;
}

}  // namespace

bool brute_force_says_valid(const std::vector<Op>& events) {
  std::vector<Interval> calls;
  std::map<std::int64_t, std::size_t> open;
  for (const Op& event : events) {
    if (event.kind == Kind::invoke) {
      open[event.process] = calls.size();
      calls.push_back({.from = event.time.count(), .f = event.f, .argument = event.value});
      continue;
    }
    Interval& call = calls[open.at(event.process)];
    open.erase(event.process);
    if (event.kind == Kind::ok) {
      call.to = event.time.count();
      call.certain = true;
      call.answer = event.value;
    } else if (event.kind == Kind::fail) {
      call.refused = call.f == "cas" && event.error == compare_failed;
      call.certain = call.refused;
      if (call.refused) {
        call.to = event.time.count();
      } else {
        call.used = true;  // It never happened.
      }
    }
  }
  return some_order(calls, Value());
}

}  // namespace clew::testing
