#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "checkers/values.h"
#include "harness/op.h"

namespace clew {

// A Model is a program that could have been the system, had the world been
// sequential. The checker owns concurrency, unknown answers and search; a model
// only computes. See checkers/models/cas_register.h for a short one.
//
//   name                        "cas-register"
//   functions                   the verbs it knows, for messages
//   State, Input, Output        values; an Input carries its verb
//   initial()                   the state before the first call
//   apply(state, input)         changes the state, returns the answer. Total: never throws.
//   hash(state), hash(input)    equal things hash equally; a hint, never proof
//   parse_input(op, values)     from the invocation; nothing if the verb is unknown;
//                               throws UsageError if the arguments make no sense
//   parse_output(input, op, values)   from the completion that was `ok`
//   show(state, values)         "7", "nil"
//   show(input, output, values) "read -> 7"; output is null where nobody knows it
template <class M>
concept Model = std::regular<typename M::State> && std::regular<typename M::Input> &&
    std::regular<typename M::Output> &&
    requires(typename M::State& state, const typename M::State& seen,
             const typename M::Input& input, const typename M::Output* output, const Op& op,
             Values& values, const Values& names) {
  { M::name } -> std::convertible_to<std::string_view>;
  {std::span<const std::string_view>(M::functions)};
  { M::initial() } -> std::same_as<typename M::State>;
  { M::apply(state, input) } -> std::same_as<typename M::Output>;
  { M::hash(seen) } -> std::convertible_to<std::size_t>;
  { M::hash(input) } -> std::convertible_to<std::size_t>;
  { M::parse_input(op, values) } -> std::same_as<std::optional<typename M::Input>>;
  { M::parse_output(input, op, values) } -> std::same_as<typename M::Output>;
  { M::show(seen, names) } -> std::same_as<std::string>;
  { M::show(input, output, names) } -> std::same_as<std::string>;
};

// Optional faces. A model that lacks one is judged more slowly or explained
// with fewer words, never differently.

// pure(input, output): the call changes no state in which it can give this
// answer, like a read. With a null output: whatever it answers.
template <class M>
concept KnowsPurity = requires(const typename M::Input& input, const typename M::Output* output) {
  { M::pure(input, output) } -> std::same_as<bool>;
};

// refused(input): the answer that a definite "compare failed" stands for.
template <class M>
concept KnowsRefusal = requires(const typename M::Input& input) {
  { M::refused(input) } -> std::same_as<std::optional<typename M::Output>>;
};

// matches(given, seen): an answer that was only partly told (`seen`) is what the
// model gives (`given`). Without it answers must be equal. Equal answers match.
template <class M>
concept KnowsPartialAnswers = requires(const typename M::Output& output) {
  { M::matches(output, output) } -> std::same_as<bool>;
};

// choose(input, output): where the system may choose its answer, as a lock its
// next token, the choice that was seen becomes part of the input, so that apply()
// stays a function. An input without a choice, of a call with unknown outcome,
// must allow for every choice.
template <class M>
concept KnowsChoice = requires(typename M::Input& input, const typename M::Output& output) {
  {M::choose(input, output)};
};

// decide(calls, budget): a polynomial decider (engine.h), asked before the general
// ones; not_applicable where its conditions do not hold. Its answers are doubted
// like any other's.

// unit(input, output): the part of the object that the call is about, as an
// element of a queue or a key of a map. The promise: of any legal order, leave out
// all calls of one unit, and perhaps some calls of unknown outcome; what is left
// is legal. So a part of the calls that has no order condemns the whole.
//   no_unit      about no part; it stays legal whichever units are left out
//   every_unit   about all parts: as long as it is there, no unit may be left out
inline constexpr Atom no_unit = static_cast<Atom>(-1);
inline constexpr Atom every_unit = static_cast<Atom>(-2);
template <class M>
concept KnowsUnits = requires(const typename M::Input& input, const typename M::Output* output) {
  { M::unit(input, output) } -> std::same_as<Atom>;
};

// What is wrong with calls that have no order, in words:
// "<title> on key k: process 3 on n1 <did> at 1.2s<why>."
struct Anomaly {
  std::string name{};    // "lost-element"
  std::size_t call = 0;  // Whose answer it is.
  std::string title{};   // "Lost element"
  std::string did{};     // "read [1 2]"
  std::string why{};     // ", though 3 had been added"
};

// anomaly(calls, all, values): `calls` are a counterexample among `all` of the key,
// each with inv, ret, known(), input and output. Nothing if it is none that has a name.

// What a call on a single register asks for and saw.
enum class Act : std::uint8_t { read, write, cas, refused };

struct RegisterAct {
  Act act = Act::read;
  Atom from = nil_atom;  // read: what it saw; cas: what it swapped; refused: what was not there.
  Atom to = nil_atom;    // write, cas: what it leaves behind.

  bool mutates() const { return act == Act::write || act == Act::cas; }
  bool observes() const { return act == Act::read || act == Act::cas; }
};

// as_register(input, output): for models of one register that starts as nil.
// They get the polynomial decider, and anomalies by name. Total over all calls
// that are not pure with unknown outcome. rename(input, output, names) replaces
// every value v by names[v].
template <class M>
concept KnowsRegister = requires(const typename M::Input& input, const typename M::Output* output,
                                 typename M::Input& in, typename M::Output& out,
                                 std::span<const Atom> names) {
  { M::as_register(input, output) } -> std::same_as<RegisterAct>;
  {M::rename(in, out, names)};
};

template <Model M>
Atom unit_of(const typename M::Input& input, const typename M::Output* output) {
  if constexpr (KnowsUnits<M>) return M::unit(input, output);
  return every_unit;
}

template <Model M>
bool is_pure(const typename M::Input& input, const typename M::Output* output) {
  if constexpr (KnowsPurity<M>) return M::pure(input, output);
  return false;
}

// The model's answer is the one that was seen.
template <Model M>
bool same_answer(const typename M::Output& given, const typename M::Output& seen) {
  if constexpr (KnowsPartialAnswers<M>) return M::matches(given, seen);
  return given == seen;
}

// Memory that a state holds beside itself, so that limits are kept: of a vector,
// or of a state that has a function of this name.
template <class State>
std::size_t heap_bytes(const State& state) {
  if constexpr (requires { state.heap_bytes(); }) {
    return state.heap_bytes();
  } else if constexpr (requires { sizeof(*state.data()) * state.capacity(); }) {
    return sizeof(*state.data()) * state.capacity();
  }
  return 0;
}

// Mixes numbers into one hash.
inline std::size_t hash_all(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t hash = 0x51ed270b0a1f39c1ULL;
  for (const std::uint64_t number : numbers) {
    hash = (hash ^ number) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33;
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace clew
