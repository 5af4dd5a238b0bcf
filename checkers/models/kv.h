#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "checkers/model.h"
#include "checkers/models/arguments.h"

namespace clew {

// Keys with values. All are missing at first, and missing, nil and "" are one.
//   put v          -> always done
//   append s       -> puts s at the end, and what was there becomes text; of what is no text
//                     (a number, a list) its JSON
//   delete         -> makes it missing
//   cas [old, new] -> as put, if it holds `old`
//   get            -> what it holds
// Give the key as the operation's key, so that each key is judged by itself. In
// an operation without one, the value may be a list that begins with the key:
// get [key] -> [key, v], put [key, v], append [key, s], delete [key],
// cas [key, old, new]; then all keys are judged as one object.
struct Kv {
  static constexpr std::string_view name = "kv";
  static constexpr std::array<std::string_view, 5> functions = {"get", "put", "append", "delete",
                                                                "cas"};
  enum class Verb : std::uint8_t { get, put, append, cas };

  // A value as text, shared between states: texts that are appended to get long.
  class Text {
   public:
    Text() = default;
    explicit Text(std::string text) {
      if (text.empty()) return;
      hash_ = std::hash<std::string>{}(text);
      text_ = std::make_shared<const std::string>(std::move(text));
    }
    bool empty() const { return !text_; }
    std::size_t hash() const { return hash_; }
    std::string_view view() const { return text_ ? std::string_view(*text_) : ""; }
    bool operator==(const Text& other) const {
      return hash_ == other.hash_ && (text_ == other.text_ || view() == other.view());
    }

   private:
    std::shared_ptr<const std::string> text_;
    std::size_t hash_ = 0;
  };

  struct Cell {
    Atom key = nil_atom;
    Text value{};
    bool operator==(const Cell&) const = default;
  };
  struct State {
    std::vector<Cell> cells{};  // By key, without those that are missing.
    bool operator==(const State&) const = default;
    std::size_t heap_bytes() const {
      std::size_t bytes = cells.capacity() * sizeof(Cell);
      for (const Cell& cell : cells) bytes += cell.value.view().size();
      return bytes;
    }
  };
  struct Input {
    Verb verb = Verb::get;
    Atom key = nil_atom;
    bool listed = false;  // The key is in the value.
    Text value{};         // That is put or appended.
    Text old{};           // Of a cas.
    bool operator==(const Input&) const = default;
  };
  struct Output {
    bool done = true;
    Text found{};  // Of a get.
    bool operator==(const Output&) const = default;
  };

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    const auto it = std::lower_bound(state.cells.begin(), state.cells.end(), input.key,
                                     [](const Cell& cell, Atom key) { return cell.key < key; });
    const bool there = it != state.cells.end() && it->key == input.key;
    const Text held = there ? it->value : Text();
    if (input.verb == Verb::get) return {true, held};
    if (input.verb == Verb::cas && !(held == input.old)) return {false, {}};
    Text next = input.verb == Verb::append ? joined(held, input.value) : input.value;
    if (there && next.empty()) {
      state.cells.erase(it);
    } else if (there) {
      it->value = std::move(next);
    } else if (!next.empty()) {
      state.cells.insert(it, {input.key, std::move(next)});
    }
    return {};
  }
  static std::size_t hash(const State& state) {
    std::size_t all = state.cells.size();
    for (const Cell& cell : state.cells) all = hash_all({all, cell.key, cell.value.hash()});
    return all;
  }
  static std::size_t hash(const Input& input) {
    return hash_all(
        {static_cast<std::uint64_t>(input.verb), input.key, input.value.hash(), input.old.hash()});
  }

  static std::optional<Input> parse_input(const Op& op, Values& values) {
    const auto at = std::find(functions.begin(), functions.end(), op.f);
    if (at == functions.end()) return std::nullopt;
    const bool cas = op.f == "cas";
    const bool alone = op.f == "get" || op.f == "delete";
    Input input;
    Value::List items{op.value};
    if (op.value.is_list() && (cas || op.key.empty())) items = op.value.as_list();
    const std::size_t wanted = cas ? 2 : alone ? 0 : 1;
    input.listed = op.key.empty() && op.value.is_list() && (!cas || items.size() == 3);
    if (input.listed) {
      if (items.size() == 2 && alone && items[1].is_nil()) items.pop_back();
      if (items.size() != wanted + 1) bad_value(op, "the value " + shape(op.f, true));
      input.key = values.intern(items[0]);
      items.erase(items.begin());
    } else if (cas && items.size() != 2) {
      bad_value(op, "the value " + shape(op.f, false));
    }
    if (op.f == "put") input.verb = Verb::put, input.value = text_of(items[0]);
    if (op.f == "append") input.verb = Verb::append, input.value = plain(items[0]);
    if (op.f == "delete") input.verb = Verb::put;
    if (cas) input.verb = Verb::cas, input.old = text_of(items[0]), input.value = text_of(items[1]);
    return input;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    if (input.verb != Verb::get) return {};
    if (!input.listed) return {true, text_of(op.value)};
    const Value::List& pair = items_of(op, 2, "the answer [key, value]");
    if (values.intern(pair[0]) != input.key) bad_value(op, "an answer for the key it asked for");
    return {true, text_of(pair[1])};
  }

  static bool pure(const Input& input, const Output* output) {
    return input.verb == Verb::get || (output && !output->done);
  }
  static std::optional<Output> refused(const Input& input) {
    if (input.verb != Verb::cas) return std::nullopt;
    return Output{false, {}};
  }

  // Keys know nothing of each other.
  static Atom unit(const Input& input, const Output* /*output*/) { return input.key; }
  template <class Calls>
  static std::optional<Anomaly> anomaly(const Calls& calls, const Calls& /*all*/,
                                        const Values& values) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].known() || calls[i].input.verb != Verb::get) continue;
      if (auto found = never_written(calls, i, values)) return found;
      if (auto found = stale(calls, i, values)) return found;
    }
    return std::nullopt;
  }

  static std::string show(const State& state, const Values& values) {
    if (state.cells.size() == 1 && state.cells[0].key == nil_atom)
      return shown(state.cells[0].value);
    std::string out;
    for (const Cell& cell : state.cells)
      out += (out.empty() ? "" : ", ") + values.text(cell.key) + " = " + shown(cell.value);
    return out.empty() ? "nothing" : out;
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    const std::string key = input.listed ? values.text(input.key) + " " : "";
    switch (input.verb) {
      case Verb::get: return "get " + key + "-> " + (output ? shown(output->found) : "?");
      case Verb::put:
        return input.value.empty() ? "delete" + (key.empty() ? "" : " " + key)
                                   : "put " + key + shown(input.value);
      case Verb::append: return "append " + key + shown(input.value);
      case Verb::cas: break;
    }
    return "cas " + key + shown(input.old) + " -> " + shown(input.value) +
           (output && !output->done ? ": refused" : "");
  }

 private:
  template <class C>
  static bool changes(const C& call, Atom key) {
    return call.input.key == key && call.input.verb != Verb::get &&
           (!call.known() || call.output.done);
  }
  template <class Calls>
  static std::optional<Anomaly> never_written(const Calls& calls, std::size_t i,
                                              const Values& values) {
    const auto& get = calls[i];
    if (get.output.found.empty()) return std::nullopt;
    for (const auto& other : calls) {
      if (!changes(other, get.input.key) || !(other.inv < get.ret)) continue;
      if (other.input.verb == Verb::append || other.input.value == get.output.found)
        return std::nullopt;
    }
    return Anomaly{"value-never-written", i, "Value out of nowhere",
                   "saw '" + show(get.input, &get.output, values) + "'",
                   ", which nobody had written"};
  }
  // `found` may be what the key holds right after such a call.
  static bool shows(const Text& found, const Input& put) {
    if (put.verb != Verb::append) return found == put.value;
    if (put.value.empty()) return true;
    return !found.empty() && found.view().substr(1).ends_with(put.value.view().substr(1));
  }
  // Such a call had returned, and nothing else can have changed the key since.
  template <class Calls>
  static std::optional<Anomaly> stale(const Calls& calls, std::size_t i, const Values& values) {
    const auto& get = calls[i];
    for (const auto& put : calls) {
      if (!changes(put, get.input.key) || !put.before(get) || shows(get.output.found, put.input))
        continue;
      bool last = true;
      for (const auto& other : calls)
        last &= &other == &put || !changes(other, get.input.key) || other.before(put) ||
                !(other.inv < get.ret);
      if (last)
        return Anomaly{"stale-read", i, "Stale read",
                       "saw '" + show(get.input, &get.output, values) + "'",
                       ", though '" + show(put.input, &put.output, values) +
                           "' had been acknowledged and nothing came after it"};
    }
    return std::nullopt;
  }

  // Texts and other values are kept apart by a first letter that is never shown.
  static constexpr char is_text = 't', is_json = 'j';

  static Text text_of(const Value& value) {
    if (value.is_nil() || (value.is_text() && value.as_text().empty())) return {};
    if (value.is_text()) return Text(is_text + value.as_text());
    return Text(is_json + to_json(value));
  }
  static Text plain(const Value& value) {
    return text_of(value.is_nil() || value.is_text() ? value : Value(to_json(value)));
  }
  static Text joined(const Text& first, const Text& second) {
    if (first.empty()) return second;
    if (second.empty() && first.view()[0] == is_text) return first;
    std::string both(1, is_text);
    both.reserve(first.view().size() + second.view().size());
    both.append(first.view().substr(1));
    if (!second.empty()) both.append(second.view().substr(1));
    return Text(std::move(both));
  }
  // As clients write it; of a long text the end, which is what differs.
  static std::string shown(const Text& text) {
    if (text.empty()) return "nil";
    const std::string_view rest = text.view().substr(1);
    if (text.view()[0] == is_json) return std::string(rest);
    constexpr std::size_t most = 60;
    if (rest.size() <= most) return to_text(Value(std::string(rest)));
    std::size_t from = rest.size() - most;
    while (from < rest.size() && (rest[from] & 0xC0) == 0x80) ++from;  // No half letters.
    return "..." + to_text(Value(std::string(rest.substr(from))));
  }
  static std::string shape(const std::string& f, bool listed) {
    const std::string key = listed ? "key, " : "";
    if (f == "cas") return "[" + key + "old, new]";
    return f == "put" || f == "append" ? "[key, value]" : "[key]";
  }
};
static_assert(Model<Kv> && KnowsPurity<Kv> && KnowsRefusal<Kv>);

}  // namespace clew
