#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/two_state.h"

namespace clew {

// A set. It starts empty.
//   add v      -> whether v was new, or not told
//   remove v   -> whether v was in it, or not told
//   contains v -> true or false
//   read       -> a list of all elements, in any order
// `add` and `remove` tell by true or false; any other value of their `ok` tells
// nothing. So elements may not be true or false. One that failed as
// compare-failed changed nothing: the element was there already, or was not.
struct Set {
  static constexpr std::string_view name = "set";
  static constexpr std::array<std::string_view, 4> functions = {"add", "remove", "contains",
                                                                "read"};
  enum class Verb : std::uint8_t { add, remove, contains, read };
  enum class Told : std::uint8_t { no, yes, nothing };

  using State = std::vector<Atom>;  // Ascending.
  struct Input {
    Verb verb = Verb::read;
    Atom value = nil_atom;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    Told told = Told::nothing;
    std::vector<Atom> all{};  // Of a read, ascending; an element twice is in it twice.
    bool operator==(const Output&) const = default;
  };

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (input.verb == Verb::read) return {Told::nothing, state};
    const auto it = std::lower_bound(state.begin(), state.end(), input.value);
    const bool in = it != state.end() && *it == input.value;
    if (input.verb == Verb::add && !in) state.insert(it, input.value);
    if (input.verb == Verb::remove && in) state.erase(it);
    return {in == (input.verb != Verb::add) ? Told::yes : Told::no, {}};
  }
  static bool matches(const Output& given, const Output& seen) {
    return (seen.told == Told::nothing || given.told == seen.told) && given.all == seen.all;
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.size();
    for (const Atom atom : state) all = hash_all({all, atom});
    return all;
  }
  static std::size_t hash(const Input& input) {
    return hash_all({static_cast<std::uint64_t>(input.verb), input.value});
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "read") return Input{};
    Input input;
    if (op.f == "add") {
      input.verb = Verb::add;
    } else if (op.f == "remove") {
      input.verb = Verb::remove;
    } else if (op.f == "contains") {
      input.verb = Verb::contains;
    } else {
      return std::nullopt;
    }
    if (op.value.is_bool()) bad_value(op, "an element other than true or false");
    input.value = values.intern(op.value);
    return input;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    Output out;
    if (input.verb == Verb::read) {
      if (!op.value.is_list()) bad_value(op, "a list of all elements");
      for (const Value& element : op.value.as_list()) out.all.push_back(values.intern(element));
      std::sort(out.all.begin(), out.all.end());
      return out;
    }
    if (op.value.is_bool()) {
      out.told = op.value.as_bool() ? Told::yes : Told::no;
    } else if (input.verb == Verb::contains) {
      bad_value(op, "true or false as its answer");
    }
    return out;
  }

  static bool pure(const Input& input, const Output* output) {
    return input.verb == Verb::read || input.verb == Verb::contains ||
           (output && output->told == Told::no);
  }
  static std::optional<Output> refused(const Input& input) {
    if (input.verb == Verb::read || input.verb == Verb::contains) return std::nullopt;
    return Output{Told::no, {}};
  }

  // Elements know nothing of each other; a read knows all.
  static Atom unit(const Input& input, const Output* /*output*/) {
    return input.verb == Verb::read ? every_unit : input.value;
  }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& values) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].known()) continue;
      for (const auto& other : calls) {
        if (other.input.verb == Verb::read) continue;
        if (auto found = missing(calls, i, other.input.value, values)) return found;
      }
      if (auto found = surplus(calls, i, values)) return found;
    }
    return std::nullopt;
  }

  // Without reads of all, elements know nothing of each other. A call that does not
  // tell whether it changed something must be known to have done so.
  template <class Calls>
  static Finding decide(const Calls& calls, const Budget& /*budget*/) {
    using Effect = SwitchCall::Effect;
    std::vector<std::uint32_t> adds;  // By element.
    for (const auto& call : calls) {
      if (call.input.value >= adds.size()) adds.resize(call.input.value + 1, 0);
      adds[call.input.value] += call.input.verb == Verb::add;
    }
    std::vector<SwitchCall> out;
    for (const auto& call : calls) {
      const bool add = call.input.verb == Verb::add;
      const bool told = call.known() && call.output.told != Told::nothing;
      const bool only_add = add && adds[call.input.value] == 1;
      if (call.input.verb == Verb::read || (call.known() && !told && !only_add)) return {};
      Effect effect = add ? Effect::on : Effect::off;
      if (told && call.output.told == Told::no) effect = add ? Effect::sees_on : Effect::sees_off;
      if (told && call.input.verb == Verb::contains)
        effect = call.output.told == Told::yes ? Effect::sees_on : Effect::sees_off;
      out.push_back({{call.inv, call.ret}, effect, call.input.value});
    }
    return decide_switches(out);
  }

  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Atom atom : state) out += (out.empty() ? "" : " ") + values.text(atom);
    return "{" + out + "}";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.verb == Verb::read) return "read -> " + (output ? show(output->all, values) : "?");
    std::string what = std::string(functions[static_cast<std::size_t>(input.verb)]) + " " +
                       values.text(input.value);
    if (output && output->told == Told::nothing) return what;
    return what + " -> " + (!output ? "?" : output->told == Told::yes ? "true" : "false");
  }

 private:
  // That `call` says the element is there, or that it is not.
  template <class C>
  static bool says(const C& call, Atom element, bool there) {
    if (call.input.verb == Verb::read)
      return std::binary_search(call.output.all.begin(), call.output.all.end(), element) == there;
    return call.input.verb != Verb::add && call.input.value == element &&
           call.output.told == (there ? Told::yes : Told::no);
  }
  // That it can have changed the element, by adding or by removing it.
  template <class C>
  static bool does(const C& call, Verb verb, Atom element) {
    return call.input.verb == verb && call.input.value == element &&
           (!call.known() || call.output.told != Told::no);
  }

  template <class Calls>
  static std::optional<Anomaly> missing(const Calls& calls, std::size_t i, Atom element,
                                        const Values& values) {
    if (!says(calls[i], element, false)) return std::nullopt;
    bool added = false;
    for (const auto& other : calls) {
      added |= does(other, Verb::add, element) && other.before(calls[i]);
      if (does(other, Verb::remove, element) && other.inv < calls[i].ret) return std::nullopt;
    }
    if (!added) return std::nullopt;
    return Anomaly{"lost-element", i, "Lost element", did(calls[i], values),
                   ", though " + values.text(element) + " had been added and nobody removed it"};
  }
  template <class Calls>
  static std::optional<Anomaly> surplus(const Calls& calls, std::size_t i, const Values& values) {
    std::vector<Atom> seen = calls[i].output.all;
    const auto twice = std::adjacent_find(seen.begin(), seen.end());
    if (twice != seen.end())
      return Anomaly{"duplicate-element", i, "Duplicate element", did(calls[i], values),
                     ", with " + values.text(*twice) + " more than once"};
    if (says(calls[i], calls[i].input.value, true) && calls[i].input.verb != Verb::read)
      seen.push_back(calls[i].input.value);
    for (const Atom element : seen) {
      bool added = false;
      for (const auto& other : calls)
        added |= does(other, Verb::add, element) && other.inv < calls[i].ret;
      if (!added)
        return Anomaly{"never-added", i, "Element out of nowhere", did(calls[i], values),
                       ", but nobody had added " + values.text(element)};
    }
    return std::nullopt;
  }
  // "saw 'contains 3 -> true'"
  template <class C>
  static std::string did(const C& call, const Values& values) {
    return "saw '" + show(call.input, &call.output, values) + "'";
  }
};
static_assert(Model<Set> && KnowsPurity<Set> && KnowsRefusal<Set> && KnowsPartialAnswers<Set>);

}  // namespace clew
