#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/op.h"
#include "tests/support/any_order.h"

namespace clew::testing {

// How a call ended, as a client records it.
struct Ending {
  Kind kind = Kind::ok;
  Value value{};
  std::string error{};
};

// A Program that can also make up calls and lies, and knows how its answers are
// written in a history.
class Subject : public Program {
 public:
  virtual std::string key() const { return {}; }
  // A function and its argument.
  virtual void ask(Rng& rng, Attempt& call) const = 0;
  // Some answer to it, likely wrong.
  virtual Value lie(Rng& rng, const Attempt& call) const = 0;
  // Part of the answer, as a system that tells less.
  virtual Value hide(Rng& /*rng*/, const Attempt& /*call*/, const Value& answer) const {
    return answer;
  }
  virtual Ending written(Rng& rng, const Attempt& call) const = 0;
  // What part of the object a call is about; empty: it may be any.
  virtual std::string unit(const Attempt& /*call*/) const { return {}; }
};

// One for the model of that name. `flavour`: any number; some models have several
// ways of use, and values are few or unique. Throws if there is none.
std::unique_ptr<Subject> subject(const std::string& model, std::uint64_t flavour);

}  // namespace clew::testing
