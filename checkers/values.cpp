#include "checkers/values.h"

namespace clew {
namespace {

std::size_t spread(std::int64_t value) {
  const auto mixed = static_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

}  // namespace

Values::Values() : ints_(16), values_(1) {}

Atom Values::intern(const Value& value) {
  if (value.is_nil()) return nil_atom;
  if (value.is_int()) return intern_int(value.as_int());
  const auto [it, fresh] = others_.emplace(to_json(value), static_cast<Atom>(values_.size()));
  if (fresh) values_.push_back(value);
  return it->second;
}

Atom Values::intern_int(std::int64_t value) {
  const std::size_t mask = ints_.size() - 1;
  std::size_t i = spread(value) & mask;
  for (; ints_[i].atom != 0; i = (i + 1) & mask)
    if (ints_[i].value == value) return ints_[i].atom;
  const auto atom = static_cast<Atom>(values_.size());
  ints_[i] = {value, atom};
  values_.emplace_back(value);
  if (++used_ * 2 > ints_.size()) grow();
  return atom;
}

void Values::grow() {
  std::vector<Slot> wider(ints_.size() * 2);
  const std::size_t mask = wider.size() - 1;
  for (const Slot& slot : ints_) {
    if (slot.atom == 0) continue;
    std::size_t i = spread(slot.value) & mask;
    while (wider[i].atom != 0) i = (i + 1) & mask;
    wider[i] = slot;
  }
  ints_.swap(wider);
}

}  // namespace clew
