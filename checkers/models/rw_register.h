#pragma once

#include <array>

#include "checkers/model.h"

namespace clew {

// One value that clients read and overwrite. It starts as nil.
//   read    -> what it holds
//   write v -> always done
struct RwRegister {
  static constexpr std::string_view name = "register";
  static constexpr std::array<std::string_view, 2> functions = {"read", "write"};

  using State = Atom;
  struct Input {
    bool write = false;
    Atom value = nil_atom;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    Atom found = nil_atom;
    bool operator==(const Output&) const = default;
  };

  static State initial() { return nil_atom; }
  static Output apply(State& state, const Input& input) {
    if (!input.write) return {state};
    state = input.value;
    return {};
  }
  static std::size_t hash(const State& state) { return hash_all({state}); }
  static std::size_t hash(const Input& input) { return hash_all({input.write, input.value}); }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "read") return Input{};
    if (op.f == "write") return Input{true, values.intern(op.value)};
    return std::nullopt;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    return input.write ? Output{} : Output{values.intern(op.value)};
  }

  static bool pure(const Input& input, const Output* /*output*/) { return !input.write; }
  static RegisterAct as_register(const Input& input, const Output* output) {
    if (input.write) return {Act::write, nil_atom, input.value};
    return {Act::read, output ? output->found : nil_atom, nil_atom};
  }
  static void rename(Input& input, Output& output, std::span<const Atom> names) {
    input.value = names[input.value];
    output.found = names[output.found];
  }

  static std::string show(const State& state, const Values& values) { return values.text(state); }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.write) return "write " + values.text(input.value);
    return output ? "read -> " + values.text(output->found) : "read -> ?";
  }
};
static_assert(Model<RwRegister> && KnowsPurity<RwRegister> && KnowsRegister<RwRegister>);

}  // namespace clew
