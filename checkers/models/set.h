#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"

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
};
static_assert(Model<Set> && KnowsPurity<Set> && KnowsRefusal<Set> && KnowsPartialAnswers<Set>);

}  // namespace clew
