#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/value.h"

namespace clew {

// A value of one key's history by its number: equal values have equal numbers,
// and comparing costs one instruction. 0 is nil, a value like any other.
using Atom = std::uint32_t;
inline constexpr Atom nil_atom = 0;

// Numbers the values of one key in order of appearance. Typed: 42, 42.0 and
// "42" are three values.
class Values {
 public:
  Values();
  Atom intern(const Value& value);
  // How many there are; every atom is smaller.
  std::size_t size() const { return values_.size(); }
  const Value& value(Atom atom) const { return values_[atom]; }
  // Forgets all values but those marked (and nil); their numbers go to new ones.
  void keep(const std::vector<std::uint8_t>& marked);
  // Likewise, and numbers those that are left anew, without gaps: the new number of each.
  std::vector<Atom> compact(const std::vector<std::uint8_t>& marked);
  std::size_t bytes() const {
    return ints_.capacity() * sizeof(Slot) + values_.capacity() * sizeof(Value) +
           vacant_.capacity() * sizeof(Atom) + others_.size() * 128;
  }
  // How many are remembered.
  std::size_t count() const { return values_.size() - vacant_.size(); }
  // Short text for people: 7, nil, "a".
  std::string text(Atom atom) const { return to_text(values_[atom]); }

 private:
  Atom intern_int(std::int64_t value);
  Atom number(const Value& value);
  void insert(std::int64_t value, Atom atom);
  void grow();

  struct Slot {
    std::int64_t value = 0;
    Atom atom = 0;  // 0: free, since nil is no integer.
  };
  std::vector<Slot> ints_;  // Open addressing; its size is a power of two.
  std::size_t used_ = 0;
  std::unordered_map<std::string, Atom> others_;  // By JSON text.
  std::vector<Value> values_;
  std::vector<Atom> vacant_;
};

}  // namespace clew
