#pragma once

#include <array>

#include "checkers/model.h"
#include "harness/error.h"

namespace clew {

// One value that clients read, overwrite, or swap when they guess it right. It
// starts as nil, and nil is a value: a read of nil is a definite observation.
//   read           -> what it holds
//   write v        -> always done
//   cas old -> new -> whether it held `old`
struct CasRegister {
  static constexpr std::string_view name = "cas-register";
  static constexpr std::array<std::string_view, 3> functions = {"read", "write", "cas"};
  enum class Verb : std::uint8_t { read, write, cas };

  using State = Atom;
  struct Input {
    Verb verb = Verb::read;
    Atom old = nil_atom;    // Of a cas.
    Atom value = nil_atom;  // What write and cas leave behind.
    bool operator==(const Input&) const = default;
  };
  struct Output {
    Atom found = nil_atom;  // Of a read.
    bool swapped = false;   // Of a cas.
    bool operator==(const Output&) const = default;
  };

  static State initial() { return nil_atom; }
  static Output apply(State& state, const Input& input) {
    switch (input.verb) {
      case Verb::read: return {state, false};
      case Verb::write: state = input.value; return {};
      case Verb::cas: break;
    }
    if (state != input.old) return {};
    state = input.value;
    return {nil_atom, true};
  }
  static std::size_t hash(const State& state) { return hash_all({state}); }
  static std::size_t hash(const Input& input) {
    return hash_all({static_cast<std::uint64_t>(input.verb), input.old, input.value});
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "read") return Input{};
    if (op.f == "write") return Input{Verb::write, nil_atom, values.intern(op.value)};
    if (op.f != "cas") return std::nullopt;
    if (!op.value.is_list() || op.value.as_list().size() != 2)
      throw UsageError("event " + std::to_string(op.index) +
                       ": a cas needs the value [old, new], " + "not " + to_json(op.value));
    const Value::List& pair = op.value.as_list();
    const Atom old = values.intern(pair[0]);
    return Input{Verb::cas, old, values.intern(pair[1])};
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    if (input.verb == Verb::read) return {values.intern(op.value), false};
    return {nil_atom, input.verb == Verb::cas};
  }

  // A swap of a value for itself changes nothing, and neither does a refused one.
  static bool pure(const Input& input, const Output* output) {
    if (input.verb != Verb::cas) return input.verb == Verb::read;
    return input.old == input.value || (output && !output->swapped);
  }
  static std::optional<Output> refused(const Input& input) {
    if (input.verb != Verb::cas) return std::nullopt;
    return Output{nil_atom, false};
  }
  static RegisterAct as_register(const Input& input, const Output* output) {
    switch (input.verb) {
      case Verb::read: return {Act::read, output ? output->found : nil_atom, nil_atom};
      case Verb::write: return {Act::write, nil_atom, input.value};
      case Verb::cas: break;
    }
    if (output && !output->swapped) return {Act::refused, input.old, nil_atom};
    // A swap of a value for itself is a read of it.
    if (input.old == input.value) return {Act::read, input.old, nil_atom};
    return {Act::cas, input.old, input.value};
  }
  static void rename(Input& input, Output& output, std::span<const Atom> names) {
    input.old = names[input.old];
    input.value = names[input.value];
    output.found = names[output.found];
  }

  static std::string show(const State& state, const Values& values) { return values.text(state); }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    switch (input.verb) {
      case Verb::read: return "read -> " + (output ? values.text(output->found) : "?");
      case Verb::write: return "write " + values.text(input.value);
      case Verb::cas: break;
    }
    return "cas " + values.text(input.old) + " -> " + values.text(input.value) +
           (output && !output->swapped ? ": refused" : "");
  }
};
static_assert(Model<CasRegister> && KnowsPurity<CasRegister> && KnowsRefusal<CasRegister> &&
              KnowsRegister<CasRegister>);

}  // namespace clew
