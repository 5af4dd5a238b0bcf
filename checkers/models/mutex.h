#pragma once

#include <array>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/models/lock_anomaly.h"
#include "checkers/two_state.h"

namespace clew {

// A lock that anybody may release. It starts free.
//   acquire -> granted if it is free
//   release -> granted if it is held
// An `ok` grants unless its value is false; a compare-failed refuses.
struct Mutex {
  static constexpr std::string_view name = "mutex";
  static constexpr std::array<std::string_view, 2> functions = {"acquire", "release"};

  using State = bool;  // Held.
  struct Input {
    bool acquire = false;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    bool granted = true;
    bool operator==(const Output&) const = default;
  };

  static State initial() { return false; }
  static Output apply(State& held, const Input& input) {
    if (held == input.acquire) return {false};
    held = input.acquire;
    return {true};
  }
  static std::size_t hash(const State& held) { return hash_all({held}); }
  static std::size_t hash(const Input& input) { return hash_all({input.acquire}); }

  static std::optional<Input> parse_input(const Op& op, Values& /*values*/) {
    if (op.f == "acquire") return Input{true};
    if (op.f == "release") return Input{false};
    return std::nullopt;
  }
  static Output parse_output(const Input& /*input*/, const Op& op, Values& /*values*/) {
    return {granted(op)};
  }

  static bool pure(const Input& /*input*/, const Output* output) {
    return output && !output->granted;
  }
  static std::optional<Output> refused(const Input& /*input*/) { return Output{false}; }

  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& /*values*/) {
    return two_holders(calls, [](const Input&, const Input&) { return true; });
  }

  template <class Calls>
  static Finding decide(const Calls& calls, const Budget& /*budget*/) {
    using Effect = SwitchCall::Effect;
    std::vector<SwitchCall> out;
    for (const auto& call : calls) {
      const bool acquire = call.input.acquire;
      const bool refused = call.known() && !call.output.granted;
      const Effect effect = refused ? (acquire ? Effect::sees_on : Effect::sees_off)
                                    : (acquire ? Effect::on : Effect::off);
      out.push_back({{call.inv, call.ret}, effect, nil_atom});
    }
    return decide_switches(out);
  }

  static std::string show(const State& held, const Values& /*values*/) {
    return held ? "held" : "free";
  }
  static std::string show(const Input& input, const Output* output, const Values& /*values*/) {
    return std::string(input.acquire ? "acquire" : "release") +
           (output && !output->granted ? ": refused" : "");
  }
};
static_assert(Model<Mutex> && KnowsPurity<Mutex> && KnowsRefusal<Mutex>);

}  // namespace clew
