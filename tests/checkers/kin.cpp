#include "tests/checkers/kin.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

#include "tests/checkers/agreement.h"

namespace clew::testing {
namespace {

using Ops = std::vector<Op>;
using Kin = std::optional<Ops>;  // None: the rule does not fit.

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
constexpr std::int64_t stranger = 5'000;  // A process that no history has.

bool observes(const Op& op) { return op.f == "read" || op.f == "get" || op.f == "contains"; }

// Where each process goes on after event `at`, or came from.
std::size_t neighbour(const Ops& ops, std::size_t at, bool later) {
  for (std::size_t i = at; later ? ++i < ops.size() : i-- > 0;)
    if (ops[i].process == ops[at].process) return i;
  return none;
}

// By time, as a recorder writes; who is at the same time stays in order.
Ops recorded(Ops ops) {
  std::stable_sort(ops.begin(), ops.end(),
                   [](const Op& a, const Op& b) { return a.time < b.time; });
  for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
  return ops;
}

Kin other_clock(const Ops& ops, bool /*valid*/, Rng& rng) {
  Ops kin = ops;
  const std::int64_t scale = rng.between(1, 9), shift = rng.between(0, 1'000);
  for (Op& op : kin) op.time = op.time * scale + Nanos(shift);
  return kin;
}

Kin other_processes(const Ops& ops, bool /*valid*/, Rng& /*rng*/) {
  Ops kin = ops;
  for (Op& op : kin)
    if (op.process >= 0) op.process = 1'000 - op.process;
  return kin;
}

Kin other_keys(const Ops& ops, bool /*valid*/, Rng& /*rng*/) {
  Ops kin = ops;
  for (Op& op : kin)
    if (!op.key.empty()) op.key = "no " + op.key;
  return kin;
}

// 0 stays: registers may start with it.
Value renamed(const Value& value) {
  if (value.is_int()) return value.as_int() == 0 ? value : Value(1'000 - value.as_int());
  if (!value.is_list()) return value;
  Value::List items = value.as_list();
  for (Value& item : items) item = renamed(item);
  return items;
}

Kin other_values(const Ops& ops, bool /*valid*/, Rng& /*rng*/) {
  Ops kin = ops;
  for (Op& op : kin) op.value = renamed(op.value);
  return kin;
}

// Events of the same time, in any order that keeps each process' own.
Kin other_ties(const Ops& ops, bool /*valid*/, Rng& rng) {
  Ops kin;
  for (std::size_t from = 0, to = 0; from < ops.size(); from = to) {
    while (to < ops.size() && ops[to].time == ops[from].time) ++to;
    Ops tied(ops.begin() + static_cast<std::ptrdiff_t>(from),
             ops.begin() + static_cast<std::ptrdiff_t>(to));
    while (!tied.empty()) {
      const std::int64_t who = tied[rng.below(tied.size())].process;
      const auto first =
          std::find_if(tied.begin(), tied.end(), [&](const Op& op) { return op.process == who; });
      kin.push_back(*first);
      tied.erase(first);
    }
  }
  return recorded(std::move(kin));
}

// What had happened before some moment, of a valid history.
Kin beginning(const Ops& ops, bool valid, Rng& rng) {
  if (!valid || ops.empty()) return {};
  const Nanos moment = ops[rng.below(ops.size())].time;
  Ops kin = ops;
  std::erase_if(kin, [&](const Op& op) { return op.time >= moment; });
  return recorded(std::move(kin));
}

// A call of a valid history takes longer, one of an invalid history less long.
Kin other_length(const Ops& ops, bool valid, Rng& rng) {
  if (ops.empty()) return {};
  Ops kin = ops;
  const std::size_t at = rng.below(ops.size());
  Op& op = kin[at];
  const bool later = (op.kind != Kind::invoke) == valid;
  const std::size_t next = neighbour(ops, at, later);
  if (next == none && !valid) return {};  // It has no end.
  std::int64_t room = rng.between(0, 20);
  // The same call's other end may be met; the process' next call may not.
  if (next != none) {
    const auto gap = ops[next].time - op.time;
    room = std::min(room, std::abs(gap.count()) - (valid ? 1 : 0));
  }
  if (room <= 0) return {};
  op.time += Nanos(later ? room : -room);
  return recorded(std::move(kin));
}

// Of a valid history: an answer that never came.
Kin answer_lost(const Ops& ops, bool valid, Rng& rng) {
  if (!valid || ops.empty()) return {};
  Ops kin = ops;
  const std::size_t at = rng.below(ops.size());
  if (kin[at].kind != Kind::ok || neighbour(ops, at, true) != none) return {};
  kin[at].kind = Kind::info;
  kin[at].value = {};
  return kin;
}

// Of a valid history: a call that only looked is not there.
Kin look_dropped(const Ops& ops, bool valid, Rng& rng) {
  if (!valid || ops.empty()) return {};
  const std::size_t at = rng.below(ops.size()), end = neighbour(ops, at, true);
  if (ops[at].kind != Kind::invoke) return {};
  const bool refused = end != none && ops[end].error == compare_failed;
  if (!observes(ops[at]) && !refused) return {};
  Ops kin;
  for (std::size_t i = 0; i < ops.size(); ++i)
    if (i != at && i != end) kin.push_back(ops[i]);
  return recorded(std::move(kin));
}

// A stranger's call that never happened; in a valid history also one that may not have.
Kin call_added(const Ops& ops, bool valid, Rng& rng) {
  if (ops.empty()) return {};
  Op call = ops[rng.below(ops.size())];
  if (call.kind != Kind::invoke) return {};
  Ops kin = ops;
  call.process = stranger;
  call.time = ops[rng.below(ops.size())].time;
  kin.push_back(call);
  call.kind = valid && rng.chance(0.5) ? Kind::info : Kind::fail;
  call.error = "never sent";
  call.time += Nanos(rng.between(0, 20));
  kin.push_back(call);
  return recorded(std::move(kin));
}

// Two strangers look at the same time as somebody else, and see the same.
Kin look_doubled(const Ops& ops, bool /*valid*/, Rng& rng) {
  if (ops.empty()) return {};
  const std::size_t at = rng.below(ops.size()), end = neighbour(ops, at, true);
  if (ops[at].kind != Kind::invoke || end == none || ops[end].kind != Kind::ok) return {};
  if (!observes(ops[at])) return {};
  Ops kin = ops;
  for (std::int64_t who = stranger; who < stranger + 2; ++who) {
    for (const std::size_t i : {at, end}) {
      kin.push_back(ops[i]);
      kin.back().process = who;
    }
  }
  return recorded(std::move(kin));
}

struct Rule {
  const char* name;
  Kin (*make)(const Ops& ops, bool valid, Rng& rng);
};
constexpr std::array<Rule, std::tuple_size_v<KinCount>> rules = {{
    {"another clock", other_clock},
    {"other processes", other_processes},
    {"other keys", other_keys},
    {"other values", other_values},
    {"ties in another order", other_ties},
    {"cut", beginning},
    {"a call of another length", other_length},
    {"an answer less", answer_lost},
    {"without a call that only looked", look_dropped},
    {"with a call that need not have happened", call_added},
    {"with others that saw the same", look_doubled},
}};

// Where whole numbers are nothing but names.
bool values_are_names(const std::string& model) {
  static const std::set<std::string> models = {
      "register",   "cas-register",    "opaque", "multi-register", "multi-register-0",
      "fifo-queue", "unordered-queue", "set",    "append-list"};
  return models.contains(model);
}

}  // namespace

std::array<const char*, std::tuple_size_v<KinCount>> kin_rules() {
  std::array<const char*, std::tuple_size_v<KinCount>> names{};
  for (std::size_t i = 0; i < rules.size(); ++i) names[i] = rules[i].name;
  return names;
}

void judge_kin(const std::string& model, const Ops& ops, bool valid, Rng& rng, const Judge& judge,
               KinCount& count) {
  const std::size_t which = rng.below(rules.size());
  const Rule& rule = rules[which];
  if (rule.make == other_values && !values_are_names(model)) return;
  const Kin kin = rule.make(ops, valid, rng);
  if (!kin) return;
  const clew::Outcome told = judge(*kin);
  ++count[which];
  if (told != (valid ? clew::Outcome::valid : clew::Outcome::invalid))
    throw std::runtime_error("the checker says " + std::string(to_string(told)) +
                             " of the same history, " + rule.name + ":\n" + drawn(*kin));
}

}  // namespace clew::testing
