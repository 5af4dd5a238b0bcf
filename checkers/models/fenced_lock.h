#pragma once

#include <array>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/models/lock_anomaly.h"

namespace clew {

// A lock that only its holder may release, and that gives each holder a token:
// a number above 0 and above all before it, chosen by the system. It starts free.
// The holder is the value of the invocation, else the process (see owner_of).
//   acquire -> token, or {"token": token}, if it is free
//   release -> granted to the holder
// An `ok` with the value false refuses, as does a compare-failed.
struct FencedLock {
  static constexpr std::string_view name = "fenced-lock";
  static constexpr std::array<std::string_view, 2> functions = {"acquire", "release"};

  static constexpr std::int64_t most = (std::int64_t{1} << 62) - 1;

  struct State {
    Atom holder = nil_atom;  // nil: free.
    std::int64_t token = 0;  // The last one given.
    bool operator==(const State&) const = default;
  };
  struct Input {
    bool acquire = false;
    Atom owner = nil_atom;
    std::int64_t token = 0;  // That the system will choose; 0: nobody knows.
    bool operator==(const Input&) const = default;
  };
  struct Output {
    bool granted = true;
    std::int64_t token = 0;  // Of an acquire.
    bool operator==(const Output&) const = default;
  };

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (!input.acquire) {
      if (state.holder != input.owner) return {false};
      state.holder = nil_atom;
      return {};
    }
    if (state.holder != nil_atom) return {false};
    // Of a token that nobody knows the least is the one that allows most.
    const std::int64_t token = input.token != 0 ? input.token : state.token + 1;
    if (token <= state.token) return {true, state.token + 1};  // What it would have been at least.
    state = {input.owner, token};
    return {true, token};
  }
  static void choose(Input& input, const Output& output) {
    if (output.granted) input.token = output.token;
  }
  static std::size_t hash(const State& state) {
    return hash_all({state.holder, static_cast<std::uint64_t>(state.token)});
  }
  static std::size_t hash(const Input& input) {
    return hash_all({input.acquire, input.owner, static_cast<std::uint64_t>(input.token)});
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "acquire") return Input{true, owner_of(op, values)};
    if (op.f == "release") return Input{false, owner_of(op, values)};
    return std::nullopt;
  }
  static Output parse_output(const Input& input, const Op& op, Values& /*values*/) {
    if (!granted(op)) return {false};
    if (!input.acquire) return {};
    const Value* member = op.value.find("token");
    const std::int64_t token =
        integer_of(op, member ? *member : op.value, "a whole number as token");
    if (token <= 0 || token > most) bad_value(op, "a token above 0 and below 2^62");
    return {true, token};
  }

  static bool pure(const Input& /*input*/, const Output* output) {
    return output && !output->granted;
  }
  static std::optional<Output> refused(const Input& /*input*/) { return Output{false}; }

  // Without one owner the others find the lock free more often, and tokens still
  // grow. Only who was refused the lock may have been refused because of that owner.
  static Atom unit(const Input& input, const Output* output) {
    return input.acquire && output && !output->granted ? every_unit : input.owner;
  }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& /*values*/) {
    return two_holders(calls, [](const Input& a, const Input& b) { return a.owner == b.owner; });
  }

  static std::string show(const State& state, const Values& values) {
    return (state.holder == nil_atom ? "free" : "held by " + values.text(state.holder)) +
           ", last token " + std::to_string(state.token);
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    std::string what = (input.acquire ? "acquire by " : "release by ") + values.text(input.owner);
    if (output && !output->granted) return what + ": refused";
    if (input.acquire && output) what += " -> token " + std::to_string(output->token);
    return what;
  }
};
static_assert(Model<FencedLock> && KnowsPurity<FencedLock> && KnowsRefusal<FencedLock> &&
              KnowsChoice<FencedLock>);

}  // namespace clew
