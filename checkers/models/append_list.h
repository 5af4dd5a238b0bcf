#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "checkers/list_order.h"
#include "checkers/model.h"
#include "checkers/models/arguments.h"

namespace clew {

// A list that only grows, at its end. It starts empty.
//   append v -> always done
//   read     -> the whole list; nil is the empty one
struct AppendList {
  static constexpr std::string_view name = "append-list";
  static constexpr std::array<std::string_view, 2> functions = {"append", "read"};

  using State = std::vector<Atom>;
  struct Input {
    bool append = false;
    Atom value = nil_atom;
    bool operator==(const Input&) const = default;
  };
  using Output = std::vector<Atom>;  // Of a read.

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (!input.append) return state;
    state.push_back(input.value);
    return {};
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.size();
    for (const Atom atom : state) all = hash_all({all, atom});
    return all;
  }
  static std::size_t hash(const Input& input) { return hash_all({input.append, input.value}); }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "append") return Input{true, values.intern(op.value)};
    if (op.f == "read") return Input{};
    return std::nullopt;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    Output out;
    if (input.append || op.value.is_nil()) return out;
    if (!op.value.is_list()) bad_value(op, "the whole list as its answer");
    for (const Value& element : op.value.as_list()) out.push_back(values.intern(element));
    return out;
  }

  static bool pure(const Input& input, const Output* /*output*/) { return !input.append; }

  // Elements keep their order when others are left out, if reads forget those.
  static Atom unit(const Input& input, const Output* /*output*/) {
    return input.append ? input.value : every_unit;
  }
  static void project(Output& output, std::span<const Atom> gone) {
    std::erase_if(output, [&](Atom element) {
      return std::binary_search(gone.begin(), gone.end(), element);
    });
  }
  template <class Calls>
  static Finding decide(const Calls& calls, const Budget& /*budget*/) {
    std::vector<ListCall> out;
    out.reserve(calls.size());
    for (const auto& call : calls)
      out.push_back({{call.inv, call.ret}, call.input.append, call.input.value, &call.output});
    return decide_list(out);
  }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& values) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].known() || calls[i].input.append) continue;
      const std::string did = "read " + show(calls[i].output, values);
      for (const auto& of : calls) {
        if (!of.input.append) continue;
        const Counts count = count_of(calls, i, of.input.value);
        const std::string element = values.text(of.input.value);
        if (count.seen < count.certain)
          return Anomaly{"lost-element", i, "Lost element", did,
                         ", though the append of " + element + " was acknowledged before"};
        if (count.seen > count.possible)
          return Anomaly{"duplicate-element", i, "Duplicate element", did,
                         ", with " + element + " more often than it had been appended"};
      }
      for (const Atom element : calls[i].output)
        if (count_of(calls, i, element).possible == 0)
          return Anomaly{"never-appended", i, "Element out of nowhere", did,
                         ", but nobody had appended " + values.text(element)};
    }
    return std::nullopt;
  }

  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Atom atom : state) out += (out.empty() ? "" : " ") + values.text(atom);
    return "[" + out + "]";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.append) return "append " + values.text(input.value);
    return "read -> " + (output ? show(*output, values) : "?");
  }

 private:
  // How often a read saw an element, and how often it can and must have been appended by then.
  struct Counts {
    std::ptrdiff_t seen = 0, possible = 0, certain = 0;
  };
  template <class Calls>
  static Counts count_of(const Calls& calls, std::size_t read, Atom element) {
    Counts out;
    const Output& seen = calls[read].output;
    out.seen = std::count(seen.begin(), seen.end(), element);
    for (const auto& call : calls) {
      if (!call.input.append || call.input.value != element) continue;
      out.possible += call.inv < calls[read].ret;
      out.certain += call.before(calls[read]);
    }
    return out;
  }
};
static_assert(Model<AppendList> && KnowsPurity<AppendList>);

}  // namespace clew
