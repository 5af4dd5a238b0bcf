#pragma once

#include <array>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"

namespace clew {

// A list that only grows, at its end. It starts empty.
//   append v -> always done
//   read     -> the whole list; nil is the empty one
struct AppendList {
  static constexpr std::string_view name = "append-list";
  static constexpr std::array<std::string_view, 2> functions = {"append", "read"};

  using State = std::vector<Atom>;
  struct Input {
    bool append = false;
    Atom value = nil_atom;
    bool operator==(const Input&) const = default;
  };
  using Output = std::vector<Atom>;  // Of a read.

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (!input.append) return state;
    state.push_back(input.value);
    return {};
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.size();
    for (const Atom atom : state) all = hash_all({all, atom});
    return all;
  }
  static std::size_t hash(const Input& input) { return hash_all({input.append, input.value}); }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "append") return Input{true, values.intern(op.value)};
    if (op.f == "read") return Input{};
    return std::nullopt;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    Output out;
    if (input.append || op.value.is_nil()) return out;
    if (!op.value.is_list()) bad_value(op, "the whole list as its answer");
    for (const Value& element : op.value.as_list()) out.push_back(values.intern(element));
    return out;
  }

  static bool pure(const Input& input, const Output* /*output*/) { return !input.append; }

  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Atom atom : state) out += (out.empty() ? "" : " ") + values.text(atom);
    return "[" + out + "]";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.append) return "append " + values.text(input.value);
    return "read -> " + (output ? show(*output, values) : "?");
  }
};
static_assert(Model<AppendList> && KnowsPurity<AppendList>);

}  // namespace clew
