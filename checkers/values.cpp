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
  const auto [it, fresh] = others_.emplace(to_json(value), nil_atom);
  if (fresh) it->second = number(value);
  return it->second;
}

Atom Values::number(const Value& value) {
  if (vacant_.empty()) {
    values_.push_back(value);
    return static_cast<Atom>(values_.size() - 1);
  }
  const Atom atom = vacant_.back();
  vacant_.pop_back();
  values_[atom] = value;
  return atom;
}

Atom Values::intern_int(std::int64_t value) {
  const std::size_t mask = ints_.size() - 1;
  for (std::size_t i = spread(value) & mask; ints_[i].atom != 0; i = (i + 1) & mask)
    if (ints_[i].value == value) return ints_[i].atom;
  const Atom atom = number(Value(value));
  insert(value, atom);
  if (++used_ * 2 > ints_.size()) grow();
  return atom;
}

void Values::insert(std::int64_t value, Atom atom) {
  const std::size_t mask = ints_.size() - 1;
  std::size_t i = spread(value) & mask;
  while (ints_[i].atom != 0) i = (i + 1) & mask;
  ints_[i] = {value, atom};
}

void Values::grow() {
  std::vector<Slot> old(ints_.size() * 2);
  old.swap(ints_);
  for (const Slot& slot : old)
    if (slot.atom != 0) insert(slot.value, slot.atom);
}

std::vector<Atom> Values::compact(const std::vector<std::uint8_t>& marked) {
  std::vector<Atom> names(values_.size(), nil_atom);
  Values fresh;
  for (Atom atom = 1; atom < values_.size(); ++atom)
    if (marked[atom]) names[atom] = fresh.intern(values_[atom]);
  fresh.values_.shrink_to_fit();
  *this = std::move(fresh);
  return names;
}

void Values::keep(const std::vector<std::uint8_t>& marked) {
  std::size_t kept = 0;
  vacant_.clear();
  while (values_.size() > 1 && !marked[values_.size() - 1]) values_.pop_back();
  for (Atom atom = static_cast<Atom>(values_.size() - 1); atom > 0; --atom) {
    kept += marked[atom];
    if (!marked[atom]) vacant_.push_back(atom);
  }
  std::vector<Slot> old;
  old.swap(ints_);
  std::size_t size = 16;
  while (size < kept * 4) size *= 2;
  ints_.assign(size, {});
  used_ = 0;
  for (const Slot& slot : old)
    if (slot.atom != 0 && marked[slot.atom]) insert(slot.value, slot.atom), ++used_;
  std::erase_if(others_, [&](const auto& entry) { return !marked[entry.second]; });
  for (const Atom atom : vacant_) values_[atom] = Value();
  values_.shrink_to_fit();
}

}  // namespace clew
