#pragma once

#include <algorithm>
#include <array>

#include "checkers/model.h"
#include "checkers/models/arguments.h"

namespace clew {

// A number that clients can only raise. The example of checkers/README.md, word for word.
struct HighWater {
  static constexpr std::string_view name = "high-water";
  static constexpr std::array<std::string_view, 2> functions = {"raise", "read"};
  using State = std::int64_t;
  using Input = std::optional<std::int64_t>;  // What to raise it to; nothing: a read.
  using Output = std::int64_t;

  static State initial() { return 0; }
  static Output apply(State& state, const Input& to) {
    if (to) state = std::max(state, *to);
    return to ? 0 : state;
  }
  static std::size_t hash(State state) { return hash_all({static_cast<std::uint64_t>(state)}); }
  static std::size_t hash(const Input& to) { return hash(to.value_or(-1)); }
  static std::optional<Input> parse_input(const Op& op, Values&) {
    if (op.f == "raise") return Input(integer_of(op, op.value, "a whole number"));
    return op.f == "read" ? std::optional(Input()) : std::nullopt;
  }
  static Output parse_output(const Input& to, const Op& op, Values&) {
    return to ? 0 : integer_of(op, op.value, "a whole number as its answer");
  }
  static std::string show(State state, const Values&) { return std::to_string(state); }
  static std::string show(const Input& to, const Output* seen, const Values&) {
    if (to) return "raise to " + std::to_string(*to);
    return "read -> " + (seen ? std::to_string(*seen) : "?");
  }
};

}  // namespace clew
