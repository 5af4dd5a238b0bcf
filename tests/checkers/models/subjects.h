#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "harness/rng.h"
#include "tests/checkers/models/programs.h"

namespace clew::testing {

using List = Value::List;

// A refusal is written as compare-failed; a lock may also say false.
inline Ending refusal(Rng& rng, bool may_say_false) {
  if (may_say_false && rng.chance(0.5)) return {Kind::ok, Value(false), {}};
  return {Kind::fail, {}, std::string(compare_failed)};
}

inline bool is_refused(const Value& answer) { return answer == Value(refused); }

// Small values that repeat, or each its own.
class Values {
 public:
  explicit Values(std::uint64_t flavour)
      : unique_(flavour % 2 == 0), few_(1 + static_cast<std::int64_t>(flavour / 2 % 3)) {}

  Value fresh(Rng& rng) const { return unique_ ? Value(++last_) : Value(rng.between(1, few_)); }
  Value any(Rng& rng) const { return Value(rng.between(1, unique_ ? last_ + 1 : few_)); }
  Value any_or_nil(Rng& rng) const { return rng.chance(0.2) ? Value() : any(rng); }

 private:
  bool unique_;
  std::int64_t few_;
  mutable std::int64_t last_ = 0;
};

// A list without the elements that are gone.
inline Value without(const Value& list, const std::vector<std::string>& gone) {
  List out;
  for (const Value& element : list.as_list())
    if (std::find(gone.begin(), gone.end(), to_json(element)) == gone.end()) out.push_back(element);
  return out;
}

// Subjects that hold many elements. Null if there is none for `model`.
std::unique_ptr<Subject> collection(const std::string& model, std::uint64_t flavour);

}  // namespace clew::testing
