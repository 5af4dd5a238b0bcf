#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"

namespace clew {

// Several registers, read and written together in transactions.
//   txn [[f, key, value], ...] with f "read" or "r", "write" or "w"
// The parts of a transaction take effect in their order, with nothing between
// them. A read has the value nil when it is invoked; the `ok` repeats the list
// with the values that were seen. Registers start as nil, which is a value; in
// "multi-register-0" they start as 0.
template <bool from_zero>
struct MultiRegisterFrom {
  static constexpr std::string_view name = from_zero ? "multi-register-0" : "multi-register";
  static constexpr std::array<std::string_view, 1> functions = {"txn"};

  struct Cell {
    Atom key = nil_atom;
    Atom value = nil_atom;
    bool operator==(const Cell&) const = default;
  };
  using State = std::vector<Cell>;  // By key; registers that are as at first are left out.
  struct Part {
    bool write = false;
    Atom key = nil_atom;
    Atom value = nil_atom;
    bool operator==(const Part&) const = default;
  };
  using Input = std::vector<Part>;
  using Output = std::vector<Atom>;  // What each part saw; nil for writes.

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    Output out(input.size(), nil_atom);
    for (std::size_t i = 0; i < input.size(); ++i) {
      const auto it = std::lower_bound(state.begin(), state.end(), input[i].key,
                                       [](const Cell& cell, Atom key) { return cell.key < key; });
      const bool there = it != state.end() && it->key == input[i].key;
      if (!input[i].write) {
        if (there) out[i] = it->value;
      } else if (input[i].value == nil_atom) {
        if (there) state.erase(it);
      } else if (there) {
        it->value = input[i].value;
      } else {
        state.insert(it, {input[i].key, input[i].value});
      }
    }
    return out;
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.size();
    for (const Cell& cell : state) all = hash_all({all, cell.key, cell.value});
    return all;
  }
  static std::size_t hash(const Input& input) {
    std::size_t all = input.size();
    for (const Part& part : input) all = hash_all({all, part.write, part.key, part.value});
    return all;
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f != "txn") return std::nullopt;
    Input input;
    for (const Value& item : parts_of(op)) {
      const Value::List& part = part_of(op, item);
      const bool write = is_write(op, part);
      input.push_back(
          {write, values.intern(part[1]), write ? number(op, part[2], values) : nil_atom});
    }
    return input;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    const Value::List& parts = parts_of(op);
    const std::string needs = "the parts that were invoked, with what they saw";
    if (parts.size() != input.size()) bad_value(op, needs);
    Output out(input.size(), nil_atom);
    for (std::size_t i = 0; i < input.size(); ++i) {
      const Value::List& part = part_of(op, parts[i]);
      if (is_write(op, part) != input[i].write || values.intern(part[1]) != input[i].key)
        bad_value(op, needs);
      if (!input[i].write) out[i] = number(op, part[2], values);
    }
    return out;
  }

  static bool pure(const Input& input, const Output* /*output*/) {
    return std::none_of(input.begin(), input.end(), [](const Part& part) { return part.write; });
  }

  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Cell& cell : state)
      out += (out.empty() ? "" : ", ") + values.text(cell.key) + " = " + values.text(cell.value);
    return "{" + out + "}";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    std::string out;
    for (std::size_t i = 0; i < input.size(); ++i) {
      const Part& part = input[i];
      out += out.empty() ? "" : ", ";
      out += (part.write ? "write " : "read ") + values.text(part.key) +
             (part.write ? " = " + text(part.value, values)
                         : " -> " + (output ? text((*output)[i], values) : "?"));
    }
    return out;
  }

 private:
  // Atom 0 is what a register holds at first.
  static Atom number(const Op& op, const Value& value, Values& values) {
    if constexpr (!from_zero) return values.intern(value);
    if (value.is_nil()) bad_value(op, "values other than nil, since registers start as 0");
    return value == Value(0) ? nil_atom : values.intern(value);
  }
  static std::string text(Atom value, const Values& values) {
    return from_zero && value == nil_atom ? "0" : values.text(value);
  }

  static const Value::List& parts_of(const Op& op) {
    if (!op.value.is_list()) bad_value(op, "a list of [f, key, value]");
    return op.value.as_list();
  }
  static const Value::List& part_of(const Op& op, const Value& part) {
    if (!part.is_list() || part.as_list().size() != 3 || !part.as_list()[0].is_text())
      bad_value(op, "a list of [f, key, value]");
    return part.as_list();
  }
  static bool is_write(const Op& op, const Value::List& part) {
    const std::string& f = part[0].as_text();
    if (f == "write" || f == "w") return true;
    if (f != "read" && f != "r") bad_value(op, "parts that are \"read\" or \"write\"");
    return false;
  }
};
using MultiRegister = MultiRegisterFrom<false>;
using MultiRegisterFromZero = MultiRegisterFrom<true>;
static_assert(Model<MultiRegister> && KnowsPurity<MultiRegister>);
static_assert(Model<MultiRegisterFromZero> && KnowsPurity<MultiRegisterFromZero>);

}  // namespace clew
