#pragma once

#include <array>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/models/lock_anomaly.h"

namespace clew {

// A lock that only its holder may release. It starts free. The holder is the
// value of the invocation, as "client-3", else the process (see owner_of).
//   acquire -> granted if it is free, also to its holder not a second time
//   release -> granted to the holder
// An `ok` grants unless its value is false; a compare-failed refuses.
struct OwnerMutex {
  static constexpr std::string_view name = "owner-mutex";
  static constexpr std::array<std::string_view, 2> functions = {"acquire", "release"};

  using State = Atom;  // The holder; nil: free.
  struct Input {
    bool acquire = false;
    Atom owner = nil_atom;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    bool granted = true;
    bool operator==(const Output&) const = default;
  };

  static State initial() { return nil_atom; }
  static Output apply(State& holder, const Input& input) {
    if (holder != (input.acquire ? nil_atom : input.owner)) return {false};
    holder = input.acquire ? input.owner : nil_atom;
    return {true};
  }
  static std::size_t hash(const State& holder) { return hash_all({holder}); }
  static std::size_t hash(const Input& input) { return hash_all({input.acquire, input.owner}); }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "acquire") return Input{true, owner_of(op, values)};
    if (op.f == "release") return Input{false, owner_of(op, values)};
    return std::nullopt;
  }
  static Output parse_output(const Input& /*input*/, const Op& op, Values& /*values*/) {
    return {granted(op)};
  }

  static bool pure(const Input& /*input*/, const Output* output) {
    return output && !output->granted;
  }
  static std::optional<Output> refused(const Input& /*input*/) { return Output{false}; }

  // Without one owner the others find the lock free more often. Only who was
  // refused the lock may have been refused because of that owner.
  static Atom unit(const Input& input, const Output* output) {
    return input.acquire && output && !output->granted ? every_unit : input.owner;
  }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& /*values*/) {
    return two_holders(calls, [](const Input& a, const Input& b) { return a.owner == b.owner; });
  }

  static std::string show(const State& holder, const Values& values) {
    return holder == nil_atom ? "free" : "held by " + values.text(holder);
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    return (input.acquire ? "acquire by " : "release by ") + values.text(input.owner) +
           (output && !output->granted ? ": refused" : "");
  }
};
static_assert(Model<OwnerMutex> && KnowsPurity<OwnerMutex> && KnowsRefusal<OwnerMutex>);

}  // namespace clew
