#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "checkers/model.h"
#include "harness/huge_pages.h"

namespace clew {

// Place of an event among all events of one key: 0, 1, 2 ... in real-time
// order, invocations first among equal times. No two events share one.
using Position = std::int32_t;
inline constexpr Position never = std::numeric_limits<Position>::max();

// Index of a call among the calls of its key.
using CallId = std::uint32_t;

// An operation as an interval. Call a certainly took effect before call b
// exactly if a.ret < b.inv.
struct Interval {
  Position inv = 0;
  Position ret = never;  // never: nobody knows whether or when it took effect.

  bool known() const { return ret != never; }
  bool before(const Interval& other) const { return ret < other.inv; }
};

template <Model M>
struct Call : Interval {
  typename M::Input input{};
  typename M::Output output{};  // Of a known call.
  std::uint32_t op = 0;         // Its invocation: position in History::ops().

  const typename M::Output* answer() const { return known() ? &output : nullptr; }
};

// What is to be judged about one key.
template <Model M>
struct KeyCalls {
  std::vector<Call<M>> calls{};  // By invocation.
  Values values{};
  std::size_t dropped = 0;          // Calls that cannot matter: failed, or reads nobody answered.
  std::size_t unknown = 0;          // Of `calls`.
  std::size_t max_concurrency = 0;  // Most calls that were open at once, as the clients saw it.
};

// A call on a register, with its values in plain sight.
struct RegisterCall : Interval, RegisterAct {};

template <Model M>
requires KnowsRegister<M> std::vector<RegisterCall> register_calls(
    const std::vector<Call<M>>& calls) {
  std::vector<RegisterCall> out;
  reserve_on_huge_pages(out, calls.size());
  for (const Call<M>& call : calls)
    out.push_back({{call.inv, call.ret}, M::as_register(call.input, call.answer())});
  return out;
}

// Renumbers the positions of `calls` (sorted by invocation) as 0, 1, 2 ...
template <class C>
void compress(std::vector<C>& calls) {
  std::vector<Position*> places;
  places.reserve(calls.size() * 2);
  for (C& call : calls) {
    places.push_back(&call.inv);
    if (call.known()) places.push_back(&call.ret);
  }
  std::sort(places.begin(), places.end(),
            [](const Position* a, const Position* b) { return *a < *b; });
  Position next = 0;
  for (Position* place : places) *place = next++;
}

// The calls of `chosen` alone (ascending), with positions close together again.
template <class C>
std::vector<C> only(const std::vector<C>& calls, const std::vector<CallId>& chosen) {
  std::vector<C> out;
  out.reserve(chosen.size());
  for (const CallId id : chosen) out.push_back(calls[id]);
  compress(out);
  return out;
}

}  // namespace clew
