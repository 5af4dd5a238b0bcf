#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/models/queue_anomaly.h"

namespace clew {

// A bag: what goes in comes out once, in any order. It starts empty.
//   enqueue v -> always done; v is not nil
//   dequeue   -> some element, or nil if it is empty
// A dequeue that failed as compare-failed found it empty, too.
//
// A dequeue of unknown outcome took nobody knows which element. The state owes
// that choice: it keeps all elements that may still be there, and the number of
// debts, each to be paid with an element that was there when the debt was made.
// So an element remembers how many debts are older than itself: it cannot pay
// those. There is a way to pay all exactly if for every d, enough elements are
// left that can pay one of the first d (Hall); dequeue keeps that true.
struct UnorderedQueue {
  static constexpr std::string_view name = "unordered-queue";
  static constexpr std::array<std::string_view, 2> functions = {"enqueue", "dequeue"};

  struct Element {
    std::uint32_t older_debts = 0;
    Atom value = nil_atom;
    auto operator<=>(const Element&) const = default;
  };
  struct State {
    std::vector<Element> elements{};  // Ascending.
    std::uint32_t debts = 0;          // Never more than elements.
    bool operator==(const State&) const = default;
    std::size_t heap_bytes() const { return elements.capacity() * sizeof(Element); }
  };
  // A dequeue becomes `take` or `empty` where its answer is known.
  enum class Verb : std::uint8_t { enqueue, dequeue, take, empty };
  struct Input {
    Verb verb = Verb::dequeue;
    Atom value = nil_atom;  // Of enqueue and take.
    bool operator==(const Input&) const = default;
  };
  struct Output {
    Atom found = nil_atom;  // Of a dequeue.
    bool operator==(const Output&) const = default;
  };

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (input.verb == Verb::enqueue) {
      const Element fresh{state.debts, input.value};
      state.elements.insert(std::upper_bound(state.elements.begin(), state.elements.end(), fresh),
                            fresh);
      return {};
    }
    if (state.elements.size() == state.debts) return {};
    if (input.verb == Verb::take) return take(state, input.value);
    const Atom one = state.elements.back().value;
    if (input.verb == Verb::dequeue) {
      ++state.debts;
      settle(state);
    }
    return {one};
  }
  static void choose(Input& input, const Output& output) {
    if (input.verb != Verb::dequeue) return;
    input = {output.found == nil_atom ? Verb::empty : Verb::take, output.found};
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.debts;
    for (const Element& element : state.elements)
      all = hash_all({all, element.older_debts, element.value});
    return all;
  }
  static std::size_t hash(const Input& input) {
    return hash_all({static_cast<std::uint64_t>(input.verb), input.value});
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "dequeue") return Input{};
    if (op.f != "enqueue") return std::nullopt;
    if (op.value.is_nil()) bad_value(op, "a value other than nil, which stands for empty");
    return Input{Verb::enqueue, values.intern(op.value)};
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    return {input.verb == Verb::enqueue ? nil_atom : values.intern(op.value)};
  }

  static bool pure(const Input& input, const Output* output) {
    return input.verb != Verb::enqueue && output && output->found == nil_atom;
  }
  static std::optional<Output> refused(const Input& input) {
    if (input.verb == Verb::enqueue) return std::nullopt;
    return Output{};
  }

  // Leave out all that is about one value, and the dequeues of unknown outcome that
  // took it: the others keep their order, and what was empty is empty.
  static Atom unit(const Input& input, const Output* output) {
    if (input.verb == Verb::enqueue) return input.value;
    return output && output->found != nil_atom ? output->found : no_unit;
  }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& all,
                                        const Values& values) {
    const auto enqueues = [](const Input& input) { return input.verb == Verb::enqueue; };
    return QueueAnomaly(calls, all, values, false, enqueues).find();
  }

  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Element& element : state.elements)
      out += (out.empty() ? "" : " ") + values.text(element.value);
    if (state.debts > 0) out += " less " + std::to_string(state.debts) + " of these";
    return "{" + out + "}";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.verb == Verb::enqueue) return "enqueue " + values.text(input.value);
    if (!output) return "dequeue -> ?";
    return "dequeue -> " + (output->found == nil_atom ? "empty" : values.text(output->found));
  }

 private:
  // Takes the youngest of those values, which can pay the fewest debts.
  static Output take(State& state, Atom value) {
    for (std::size_t i = state.elements.size(); i-- > 0;) {
      if (state.elements[i].value != value) continue;
      const Element taken = state.elements[i];
      state.elements.erase(state.elements.begin() + static_cast<std::ptrdiff_t>(i));
      if (payable(state)) {
        settle(state);
        return {value};
      }
      state.elements.insert(state.elements.begin() + static_cast<std::ptrdiff_t>(i), taken);
      break;
    }
    return {};  // Whatever else it may answer, this value it cannot be.
  }

  // For each number of first debts: are there as many elements that can pay them?
  // The i-th element by age is needed for the i-th debt at the latest.
  static bool payable(const State& state) {
    if (state.elements.size() < state.debts) return false;
    for (std::uint32_t debt = 0; debt < state.debts; ++debt)
      if (state.elements[debt].older_debts > debt) return false;
    return true;
  }

  // The first d debts that have just d elements to be paid with are settled, so
  // that states that mean the same are the same.
  static void settle(State& state) {
    std::uint32_t settled = 0;
    for (std::uint32_t d = 1; d <= state.debts; ++d)
      if (d == state.elements.size() || state.elements[d].older_debts >= d) settled = d;
    state.elements.erase(state.elements.begin(), state.elements.begin() + settled);
    for (Element& element : state.elements) element.older_debts -= settled;
    state.debts -= settled;
  }
};
static_assert(Model<UnorderedQueue> && KnowsPurity<UnorderedQueue> &&
              KnowsRefusal<UnorderedQueue> && KnowsChoice<UnorderedQueue>);

}  // namespace clew
