#pragma once

#include <string>

#include "checkers/model.h"
#include "harness/error.h"

namespace clew {

// One value that clients read, overwrite, or swap when they guess it right.
// Before the first write it holds nil, and a read of nil is an answer like any other.
//   read           -> {found: v}
//   write v        -> {}                       (never refused)
//   cas old -> new -> {swapped: whether the register held `old`}
struct CasRegister {
  static constexpr std::string_view name = "cas-register";
  enum class Verb : std::uint8_t { read, write, cas };

  using State = std::int32_t;  // An interned value.
  struct Input {
    Verb verb = Verb::read;
    std::int32_t old = 0;
    std::int32_t value = 0;
    bool operator==(const Input&) const = default;
  };
  struct Output {
    std::int32_t found = 0;
    bool swapped = false;
    bool operator==(const Output&) const = default;
  };

  static State initial() { return Interner::nil; }

  static Output apply(State& state, const Input& input) {
    switch (input.verb) {
      case Verb::read: return {.found = state};
      case Verb::write: state = input.value; return {};
      case Verb::cas: break;
    }
    if (state != input.old) return {.swapped = false};
    state = input.value;
    return {.swapped = true};
  }

  static std::size_t hash(const State& state) {
    return static_cast<std::size_t>(state) * 0x9e3779b97f4a7c15U;
  }

  // A write of what is there already is not pure: it can also be spent later.
  static bool pure(const Input& input, const Output* output) {
    if (input.verb == Verb::read) return true;
    return input.verb == Verb::cas && output != nullptr &&
           (!output->swapped || input.old == input.value);
  }

  static Input parse_input(const Op& op, Interner& interner) {
    if (op.f == "read") return {.verb = Verb::read};
    if (op.f == "write") return {.verb = Verb::write, .value = interner.intern(op.value)};
    if (op.f == "cas") {
      if (!op.value.is_list() || op.value.as_list().size() != 2)
        throw UsageError("event " + std::to_string(op.index) +
                         ": a cas has [old, new] as its value");
      return {.verb = Verb::cas,
              .old = interner.intern(op.value.as_list()[0]),
              .value = interner.intern(op.value.as_list()[1])};
    }
    throw UsageError("event " + std::to_string(op.index) +
                     ": a cas-register knows read, write and cas, not '" + op.f + "'");
  }

  // Of an ok completion, or of a cas that was refused.
  static Output parse_output(const Op& invocation, const Op& completion, Interner& interner) {
    if (invocation.f == "read") return {.found = interner.intern(completion.value)};
    if (invocation.f == "cas") return {.swapped = completion.kind == Kind::ok};
    return {};
  }
};
static_assert(Model<CasRegister>);

}  // namespace clew
