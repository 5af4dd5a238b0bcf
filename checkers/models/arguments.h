#pragma once

#include <string>

#include "checkers/values.h"
#include "harness/error.h"
#include "harness/op.h"

namespace clew {

// What the models share in reading the arguments of calls.

// Throws UsageError: `op` does not carry what it needs.
[[noreturn]] inline void bad_value(const Op& op, const std::string& needs) {
  throw UsageError("event " + std::to_string(op.index) + ": a " + op.f + " needs " + needs +
                   ", not " + to_json(op.value));
}

// The `size` items of a list value.
inline const Value::List& items_of(const Op& op, std::size_t size, const std::string& needs) {
  if (!op.value.is_list() || op.value.as_list().size() != size) bad_value(op, needs);
  return op.value.as_list();
}

inline std::int64_t integer_of(const Op& op, const Value& value, const std::string& needs) {
  if (!value.is_int()) bad_value(op, needs);
  return value.as_int();
}

// Who asks: the value of the invocation, as "client-3", else the process. A
// process gets a new number after an unknown outcome; a client that can hold on
// to a lock through that should be named by value.
inline Atom owner_of(const Op& op, Values& values) {
  if (op.value.is_nil()) return values.intern("process " + std::to_string(op.process));
  return values.intern(op.value);
}

// The answer of a call that is granted or refused: false only if it says so.
inline bool granted(const Op& op) { return !op.value.is_bool() || op.value.as_bool(); }

}  // namespace clew
