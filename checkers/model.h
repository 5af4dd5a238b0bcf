#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/op.h"

namespace clew {

// Gives equal values one small number. Typed: 42, 42.0 and "42" are three
// values; nil is number 0.
class Interner {
 public:
  static constexpr std::int32_t nil = 0;

  Interner() { intern(Value()); }
  std::int32_t intern(const Value& value) {
    const auto [it, fresh] =
        numbers_.emplace(to_json(value), static_cast<std::int32_t>(texts_.size()));
    if (fresh) texts_.push_back(to_text(value));
    return it->second;
  }
  // For people.
  const std::string& text(std::int32_t number) const {
    return texts_.at(static_cast<std::size_t>(number));
  }

 private:
  std::unordered_map<std::string, std::int32_t> numbers_;
  std::vector<std::string> texts_;
};

// A Model is a program that could have been the system, had the world been
// sequential. The checker owns concurrency, unknown answers and search; a model
// only computes. checkers/models/cas_register.h is the one to read.
//
//   initial()              the state before anything happened
//   apply(state, input)    the next state, in place, and the answer: total and deterministic
//   pure(input, output)    this call, with this answer (nullptr: any), changes no state in which it
//   is legal parse_input/output     how calls look in a history; throw UsageError on what makes no
//   sense
template <class M>
concept Model = std::regular<typename M::State> && std::equality_comparable<typename M::Output> &&
    std::equality_comparable<typename M::Input> &&
    requires(typename M::State& state, const typename M::State& seen,
             const typename M::Input& input, const typename M::Output* output, const Op& op,
             Interner& interner) {
  { M::name } -> std::convertible_to<std::string_view>;
  { M::initial() } -> std::same_as<typename M::State>;
  { M::apply(state, input) } -> std::same_as<typename M::Output>;
  { M::hash(seen) } -> std::convertible_to<std::size_t>;
  { M::pure(input, output) } -> std::same_as<bool>;
  { M::parse_input(op, interner) } -> std::same_as<typename M::Input>;
  { M::parse_output(op, op, interner) } -> std::same_as<typename M::Output>;
};

// A client's operation as an interval over a typed model. Without an output
// nobody knows the answer, or whether it happened at all: it may take effect at
// any time from its invocation on, or never.
template <class M>
struct Call {
  Nanos invoked{};
  Nanos returned = Nanos::max();
  typename M::Input input{};
  std::optional<typename M::Output> output{};
  std::size_t position = 0;  // Of its invocation in History::ops().

  bool known() const { return output.has_value(); }
};

}  // namespace clew
