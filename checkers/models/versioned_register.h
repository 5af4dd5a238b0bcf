#pragma once

#include <array>

#include "checkers/model.h"
#include "checkers/models/arguments.h"
#include "checkers/version_order.h"

namespace clew {

// One value with the number of writes so far, as etcd keeps it. It starts as nil
// with version 0; every write adds 1.
//   read                          -> {"value": v, "version": n}, or [v, n]
//   write v                       -> {"version": n}, or [v, n]
//   cas [old, new]                -> {"version": n}, if it holds `old`
//   cas-version [version, new]    -> {"version": n}, if it has that version
// What an answer does not tell is not compared: a read may tell its value alone,
// as any value that is neither of the two shapes; a write may tell nothing.
struct VersionedRegister {
  static constexpr std::string_view name = "versioned-register";
  static constexpr std::array<std::string_view, 4> functions = {"read", "write", "cas",
                                                                "cas-version"};
  enum class Verb : std::uint8_t { read, write, cas, cas_version };
  static constexpr std::int64_t untold = -1;  // In place of a version.

  struct State {
    Atom value = nil_atom;
    std::int64_t version = 0;
    bool operator==(const State&) const = default;
  };
  struct Input {
    Verb verb = Verb::read;
    Atom value = nil_atom;     // What is left behind.
    Atom old = nil_atom;       // Of a cas.
    std::int64_t version = 0;  // Of a cas-version.
    bool operator==(const Input&) const = default;
  };
  struct Output {
    bool done = true;
    bool tells_value = false;  // Of a read.
    Atom value = nil_atom;
    std::int64_t version = untold;
    bool operator==(const Output&) const = default;
  };

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (input.verb == Verb::read) return {true, true, state.value, state.version};
    if (input.verb == Verb::cas && input.old != state.value) return {false};
    if (input.verb == Verb::cas_version && input.version != state.version) return {false};
    state = {input.value, state.version + 1};
    return {true, false, nil_atom, state.version};
  }
  static bool matches(const Output& given, const Output& seen) {
    return given.done == seen.done && (!seen.tells_value || given.value == seen.value) &&
           (seen.version == untold || given.version == seen.version);
  }
  static std::size_t hash(const State& state) {
    return hash_all({state.value, static_cast<std::uint64_t>(state.version)});
  }
  static std::size_t hash(const Input& input) {
    return hash_all({static_cast<std::uint64_t>(input.verb), input.value, input.old,
                     static_cast<std::uint64_t>(input.version)});
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "read") return Input{};
    if (op.f == "write") return Input{Verb::write, values.intern(op.value)};
    if (op.f == "cas") {
      const Value::List& pair = items_of(op, 2, "the value [old, new]");
      const Atom old = values.intern(pair[0]);
      return Input{Verb::cas, values.intern(pair[1]), old};
    }
    if (op.f != "cas-version") return std::nullopt;
    const std::string needs = "the value [version, new]";
    const Value::List& pair = items_of(op, 2, needs);
    return Input{Verb::cas_version, values.intern(pair[1]), nil_atom,
                 integer_of(op, pair[0], needs)};
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    Output out;
    const Value* value = op.value.find("value");
    const Value* version = op.value.find("version");
    const bool pairs = input.verb == Verb::read || input.verb == Verb::write;
    if (!value && !version && pairs && op.value.is_list() && op.value.as_list().size() == 2 &&
        op.value.as_list()[1].is_int()) {
      value = &op.value.as_list()[0];
      version = &op.value.as_list()[1];
      // A write that only repeats its value, which is such a list.
      if (input.verb != Verb::read && values.intern(*value) != input.value) version = nullptr;
    }
    if (version) {
      out.version = integer_of(op, *version, "a whole number as version");
      if (out.version < 0) bad_value(op, "a version that is not negative");
    }
    if (input.verb != Verb::read) return out;
    if (!value && !version) value = &op.value;
    out.tells_value = value != nullptr;
    if (value) out.value = values.intern(*value);
    return out;
  }

  static bool pure(const Input& input, const Output* output) {
    return input.verb == Verb::read || (output && !output->done);
  }
  static std::optional<Output> refused(const Input& input) {
    if (input.verb == Verb::read || input.verb == Verb::write) return std::nullopt;
    return Output{false};
  }

  template <class Calls>
  static Finding decide(const Calls& calls, const Budget& /*budget*/) {
    std::vector<VersionCall> out;
    for (const auto& call : calls) {
      const Input& input = call.input;
      VersionCall one{{call.inv, call.ret}};
      one.version = call.known() ? call.output.version : untold;
      if (input.verb == Verb::read) {
        if (call.output.tells_value) one.value = call.output.value;
      } else {
        one.act = input.verb == Verb::write ? Act::write : Act::cas;
        one.value = input.value;
      }
      if (input.verb == Verb::cas) one.old = input.old;
      if (input.verb == Verb::cas_version) one.base = input.version;
      if (call.known() && !call.output.done) one.act = Act::refused;
      out.push_back(one);
    }
    return decide_versions(out);
  }

  static std::string show(const State& state, const Values& values) {
    return values.text(state.value) + " (version " + std::to_string(state.version) + ")";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    std::string version;
    if (output && output->version != untold)
      version = " (version " + std::to_string(output->version) + ")";
    if (input.verb == Verb::read) {
      const bool told = output && output->tells_value;
      return "read -> " + (told ? values.text(output->value) : "?") + version;
    }
    std::string what = "write ";
    if (input.verb == Verb::cas) what = "cas " + values.text(input.old) + " -> ";
    if (input.verb == Verb::cas_version)
      what = "cas version " + std::to_string(input.version) + " -> ";
    return what + values.text(input.value) + version + (output && !output->done ? ": refused" : "");
  }
};
static_assert(Model<VersionedRegister> && KnowsPurity<VersionedRegister> &&
              KnowsRefusal<VersionedRegister> && KnowsPartialAnswers<VersionedRegister>);

}  // namespace clew
