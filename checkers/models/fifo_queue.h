#pragma once

#include <array>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/models/queue_anomaly.h"
#include "checkers/queue_order.h"

namespace clew {

// A queue: first in, first out. It starts empty.
//   enqueue v -> always done; v is not nil
//   dequeue   -> the oldest element, or nil if it is empty
// A dequeue that failed as compare-failed found it empty, too.
struct FifoQueue {
  static constexpr std::string_view name = "fifo-queue";
  static constexpr std::array<std::string_view, 2> functions = {"enqueue", "dequeue"};

  using State = std::vector<Atom>;  // The oldest first.
  struct Input {
    bool enqueue = false;
    Atom value = nil_atom;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    Atom found = nil_atom;  // Of a dequeue.
    bool operator==(const Output&) const = default;
  };

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (input.enqueue) {
      state.push_back(input.value);
      return {};
    }
    if (state.empty()) return {};
    const Atom first = state.front();
    state.erase(state.begin());
    return {first};
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.size();
    for (const Atom atom : state) all = hash_all({all, atom});
    return all;
  }
  static std::size_t hash(const Input& input) { return hash_all({input.enqueue, input.value}); }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "dequeue") return Input{};
    if (op.f != "enqueue") return std::nullopt;
    if (op.value.is_nil()) bad_value(op, "a value other than nil, which stands for empty");
    return Input{true, values.intern(op.value)};
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    return {input.enqueue ? nil_atom : values.intern(op.value)};
  }

  static bool pure(const Input& input, const Output* output) {
    return !input.enqueue && output && output->found == nil_atom;
  }
  static std::optional<Output> refused(const Input& input) {
    if (input.enqueue) return std::nullopt;
    return Output{};
  }

  // Leave out all that is about one value, and the dequeues of unknown outcome that
  // took it: the others keep their order, and what was empty is empty.
  static Atom unit(const Input& input, const Output* output) {
    if (input.enqueue) return input.value;
    return output && output->found != nil_atom ? output->found : no_unit;
  }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& all,
                                        const Values& values) {
    const auto enqueues = [](const Input& input) { return input.enqueue; };
    return QueueAnomaly(calls, all, values, true, enqueues).find();
  }

  template <class Calls>
  static Finding decide(const Calls& calls, const Budget& /*budget*/) {
    std::vector<QueueCall> out;
    out.reserve(calls.size());
    for (const auto& call : calls)
      out.push_back({{call.inv, call.ret},
                     call.input.enqueue,
                     call.input.enqueue ? call.input.value : call.output.found});
    return decide_queue(out);
  }

  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Atom atom : state) out += (out.empty() ? "" : " ") + values.text(atom);
    return "[" + out + "]";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.enqueue) return "enqueue " + values.text(input.value);
    if (!output) return "dequeue -> ?";
    return "dequeue -> " + (output->found == nil_atom ? "empty" : values.text(output->found));
  }
};
static_assert(Model<FifoQueue> && KnowsPurity<FifoQueue> && KnowsRefusal<FifoQueue>);

}  // namespace clew
