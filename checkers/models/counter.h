#pragma once

#include <array>

#include "checkers/count_order.h"
#include "checkers/model.h"
#include "checkers/models/arguments.h"

namespace clew {

// A whole number that clients add to. It starts as 0, and wraps at 64 bits.
//   add n         -> always done; n may be negative
//   increment     -> add 1; also increment n
//   add-and-get n -> what it holds afterwards
//   read          -> what it holds
struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::array<std::string_view, 4> functions = {"add", "increment", "add-and-get",
                                                                "read"};

  using State = std::int64_t;
  struct Input {
    bool answers = false;  // With what it holds.
    std::int64_t add = 0;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    std::int64_t holds = 0;
    bool operator==(const Output&) const = default;
  };

  static State initial() { return 0; }
  static Output apply(State& state, const Input& input) {
    state = static_cast<std::int64_t>(static_cast<std::uint64_t>(state) +
                                      static_cast<std::uint64_t>(input.add));
    return {input.answers ? state : 0};
  }
  static std::size_t hash(const State& state) {
    return hash_all({static_cast<std::uint64_t>(state)});
  }
  static std::size_t hash(const Input& input) {
    return hash_all({input.answers, static_cast<std::uint64_t>(input.add)});
  }

  static std::optional<Input> parse_input(const Op& op, Values& /*values*/) {
    if (op.f == "read") return Input{true, 0};
    if (op.f == "increment" && op.value.is_nil()) return Input{false, 1};
    const bool answers = op.f == "add-and-get";
    if (!answers && op.f != "add" && op.f != "increment") return std::nullopt;
    return Input{answers, integer_of(op, op.value, "a whole number")};
  }
  static Output parse_output(const Input& input, const Op& op, Values& /*values*/) {
    return {input.answers ? integer_of(op, op.value, "a whole number as its answer") : 0};
  }

  static bool pure(const Input& input, const Output* /*output*/) { return input.add == 0; }

  // All that add anything add the same.
  template <class Calls>
  static Finding decide(const Calls& calls, const Budget& /*budget*/) {
    std::int64_t step = 0;
    for (const auto& call : calls) {
      const std::int64_t add = call.input.add;
      if (add == 0 ? !call.input.answers : step != 0 && add != step) return {};
      if (add != 0) step = add;
    }
    const std::int64_t most = (std::int64_t{1} << 62) / static_cast<std::int64_t>(calls.size() + 1);
    if (step > most || step < -most) return {};  // They might wrap.
    std::vector<CountCall> out;
    for (const auto& call : calls) {
      const bool sees = call.known() && call.input.answers;
      out.push_back({{call.inv, call.ret}, call.input.add != 0, sees, 0});
      if (sees) out.back().count = steps_in(call.output.holds, step);
    }
    return decide_count(out);
  }

  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& /*values*/) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].known() || !calls[i].input.answers) continue;
      double least = 0, most = 0;  // Of what it can hold; doubles do not wrap.
      for (std::size_t j = 0; j < calls.size(); ++j) {
        const auto add = static_cast<double>(calls[j].input.add);
        const bool certain = i == j || calls[j].before(calls[i]);
        if (!certain && !(calls[j].inv < calls[i].ret)) continue;
        if (certain || add > 0) most += add;
        if (certain || add < 0) least += add;
      }
      if (most - least > 1e15 || most > 1e15 || least < -1e15) return std::nullopt;
      const auto holds = static_cast<double>(calls[i].output.holds);
      const std::string did = "was answered " + std::to_string(calls[i].output.holds);
      if (holds < least)
        return Anomaly{"lost-increment", i, "Lost increment", did,
                       ", though what had been added by then makes at least " + whole(least)};
      if (holds > most)
        return Anomaly{"counted-too-much", i, "Counted too much", did,
                       ", though what can have been added by then makes at most " + whole(most)};
    }
    return std::nullopt;
  }

  static std::string show(const State& state, const Values& /*values*/) {
    return std::to_string(state);
  }
  static std::string show(const Input& input, const Output* output, const Values& /*values*/) {
    const std::string answer = output ? std::to_string(output->holds) : "?";
    if (input.answers && input.add == 0) return "read -> " + answer;
    return "add " + std::to_string(input.add) + (input.answers ? " -> " + answer : "");
  }

 private:
  // How many steps make `sum`; -1: no number of them does.
  static std::int64_t steps_in(std::int64_t sum, std::int64_t step) {
    if (sum == 0) return 0;
    if (step == 0 || (sum < 0) != (step < 0)) return -1;
    // Of the same sign, so that nothing overflows.
    return sum % step == 0 ? sum / step : -1;
  }
  static std::string whole(double number) {
    return std::to_string(static_cast<std::int64_t>(number));
  }
};
static_assert(Model<Counter> && KnowsPurity<Counter>);

}  // namespace clew
