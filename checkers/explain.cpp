#include "checkers/explain.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "checkers/held.h"

namespace clew {
namespace {

std::string who(const ShownCall& call) {
  std::string out = "process " + std::to_string(call.process);
  if (!call.node.empty()) out += " on " + call.node;
  return out;
}

std::string at(Nanos time) { return " at " + format_duration(time); }

// Finds the pattern that a register's core shows, and words for it.
class RegisterStory {
 public:
  explicit RegisterStory(const Evidence& evidence)
      : e_(evidence), on_(e_.key.empty() ? "" : " on key " + e_.key) {}

  void tell(Counterexample& out) {
    std::vector<std::size_t> seers;
    for (std::size_t i = 0; i < e_.core.size(); ++i)
      if (e_.core[i].act != Act::write && e_.spans[i].known()) seers.push_back(i);
    std::sort(seers.begin(), seers.end(),
              [this](std::size_t a, std::size_t b) { return e_.spans[a].ret > e_.spans[b].ret; });
    if (seers.empty() || unwritten(out) || twice_swapped(out) || circular(out)) return;
    for (const std::size_t seer : seers) {
      last_ = seer;
      if (misplaced(out)) return;
    }
    last_ = seers.front();
    if (!refusal(out)) conflicting(out);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  const RegisterCall& call(std::size_t i) const { return e_.core[i]; }
  std::string value(Atom atom) const { return e_.values->text(atom); }
  // "read 7", "swapped 7 for 8"
  std::string did(std::size_t i) const {
    if (call(i).act == Act::read) return "read " + value(call(i).from);
    if (call(i).act == Act::cas)
      return "swapped " + value(call(i).from) + " for " + value(call(i).to);
    return "was refused a swap of " + value(call(i).from);
  }
  std::string wrote(std::size_t i) const {
    return std::string(call(i).act == Act::cas ? "swap to " : "write of ") + value(call(i).to);
  }

  // What stands against the orders that real time demands.
  static void however(Counterexample& out, const std::string& what) {
    out.let_then.push_back("However " + what + ": a contradiction.");
  }

  // Saw a value that was never there before.
  bool unwritten(Counterexample& out) const {
    for (std::size_t i = 0; i < e_.core.size(); ++i) {
      const RegisterCall& seen = call(i);
      if (!seen.observes() || !e_.spans[i].known() || seen.from == nil_atom) continue;
      std::optional<std::size_t> writer;
      bool in_time = false;
      for (std::size_t j = 0; j < e_.core.size(); ++j) {
        if (j == i || !call(j).mutates() || call(j).to != seen.from) continue;
        writer = j;
        in_time |= e_.spans[j].inv < e_.spans[i].ret;
      }
      if (in_time) continue;
      const std::string start =
          on_ + ": " + who(e_.shown[i]) + " " + did(i) + at(e_.shown[i].returned);
      if (writer) {
        out.anomaly = "read-from-future";
        out.sentence = "Value from the future" + start + ", before " + who(e_.shown[*writer]) +
                       " invoked the " + wrote(*writer) + at(e_.shown[*writer].invoked) + ".";
        however(out,
                call_name(i) + " " + did(i) + ", so " + call_name(*writer) + " < " + call_name(i));
        return true;
      }
      for (const auto& [atom, index] : e_.aborted) {
        if (atom != seen.from) continue;
        out.anomaly = "aborted-read";
        out.sentence = "Aborted read" + start + ", but the write of it failed (event " +
                       std::to_string(index) + "), and nobody else wrote it.";
        however(out, call_name(i) + " " + did(i) + ", and the only write of it never happened");
        return true;
      }
      out.anomaly = "never-written";
      out.sentence = "Value out of nowhere" + start + ", which nobody wrote.";
      however(out, call_name(i) + " " + did(i) + ", and no call leaves that");
      return true;
    }
    return false;
  }

  // More swaps of one value succeeded than could have put it there.
  bool twice_swapped(Counterexample& out) const {
    for (std::size_t i = 0; i < e_.core.size(); ++i) {
      const auto swaps = swaps_of(call(i).from);
      if (call(i).act != Act::cas || swaps.size() < 2) continue;
      // What was there before all of them, and was certainly replaced, feeds none.
      Position first = never, replaced = -1;
      for (const std::size_t swap : swaps) first = std::min(first, e_.spans[swap].inv);
      for (const RegisterCall& each : e_.core)
        if (each.mutates() && each.ret < first) replaced = std::max(replaced, each.inv);
      std::size_t writers = call(i).from == nil_atom && replaced < 0 ? 1 : 0;
      for (const RegisterCall& each : e_.core)
        writers += each.mutates() && each.to == call(i).from && each.ret >= replaced;
      if (swaps.size() <= writers) continue;
      std::string all;
      for (const std::size_t swap : swaps) all += (all.empty() ? "" : ", ") + call_name(swap);
      const std::string times =
          writers == 0   ? "was never there"
          : writers == 1 ? "can have been there only once"
                         : "can have been there only " + std::to_string(writers) + " times";
      however(out, all + " each took " + value(call(i).from) + " away, which " + times);
      return double_swap(out, swaps);
    }
    return false;
  }

  std::vector<std::size_t> swaps_of(Atom value) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < e_.core.size(); ++i)
      if (call(i).act == Act::cas && call(i).from == value && e_.spans[i].known()) out.push_back(i);
    return out;
  }

  bool double_swap(Counterexample& out, const std::vector<std::size_t>& swaps) const {
    const std::size_t a = swaps[0], b = swaps[1];
    const bool both = swaps.size() == 2;
    out.anomaly = "double-cas";
    out.sentence = "Double swap" + on_ + ": " + who(e_.shown[a]) + " and " + who(e_.shown[b]) +
                   (both ? " both" : "") + " swapped " + value(call(a).from) + " away, for " +
                   value(call(a).to) + at(e_.shown[a].returned) + " and for " + value(call(b).to) +
                   at(e_.shown[b].returned) + (both ? "." : ", and others did, too.");
    return true;
  }

  // Swapped what only other swaps could have left, and these need what only such swaps leave.
  bool circular(Counterexample& out) const {
    std::vector<Atom> possible{nil_atom};
    const auto can_be = [&](Atom atom) {
      return std::find(possible.begin(), possible.end(), atom) != possible.end();
    };
    for (std::size_t before = 0; before != possible.size();) {
      before = possible.size();
      for (const RegisterCall& each : e_.core)
        if (each.mutates() && !can_be(each.to) && (each.act == Act::write || can_be(each.from)))
          possible.push_back(each.to);
    }
    for (std::size_t i = 0; i < e_.core.size(); ++i) {
      if (call(i).act != Act::cas || !e_.spans[i].known() || can_be(call(i).from)) continue;
      for (std::size_t j = 0; j < e_.core.size(); ++j) {
        if (j == i || call(j).act != Act::cas || call(j).to != call(i).from || !e_.spans[j].known())
          continue;
        out.anomaly = "circular-swaps";
        out.sentence = "Swaps in a circle" + on_ + ": " + who(e_.shown[i]) + " " + did(i) +
                       at(e_.shown[i].returned) + " and " + who(e_.shown[j]) + " " + did(j) +
                       at(e_.shown[j].returned) + ", but only swaps that need one another could " +
                       "have left what they found.";
        however(out, call_name(i) + " needs " + call_name(j) + " < " + call_name(i) +
                         ", and what " + call_name(j) + " needs comes only from such swaps, too");
        return true;
      }
    }
    return false;
  }

  // By when the register had what was seen, in all orders of the other calls.
  bool misplaced(Counterexample& out) const {
    if (!call(last_).observes()) return false;
    const Held held = when_held(e_.core, last_);
    if (!held.known) return stale(out) || backwards(out);
    if (!held.ever()) return impossible(out);
    if (held.in_time || held.too_early == held.too_late) return false;
    if (held.too_late) return too_soon(out);
    // Not old by itself: only too much for what another one saw meanwhile.
    for (std::size_t i = 0; i < e_.core.size(); ++i)
      if (i != last_ && call(i).act == Act::read && call(i).from != call(last_).from &&
          !e_.spans[i].before(e_.spans[last_]) && !e_.spans[last_].before(e_.spans[i]))
        return false;
    if (!stale(out) && !backwards(out)) return false;
    however(out, call_name(last_) + " " + did(last_) + ", and in every order of the others " +
                     value(call(last_).from) + " is there only before a call that " +
                     call_name(last_) + " must follow");
    return true;
  }

  std::vector<std::size_t> writers_of(Atom value) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < e_.core.size(); ++i)
      if (i != last_ && call(i).mutates() && call(i).to == value) out.push_back(i);
    return out;
  }

  // Saw what only swaps leave behind that never found what they need.
  bool impossible(Counterexample& out) const {
    const auto writers = writers_of(call(last_).from);
    if (writers.empty()) return false;
    out.anomaly = "impossible-swap";
    out.sentence = "Value out of nowhere" + on_ + ": " + who(e_.shown[last_]) + " " + did(last_) +
                   at(e_.shown[last_].returned) + ", but ";
    if (writers.size() == 1) {
      const std::size_t only = writers.front();
      out.sentence += who(e_.shown[only]) + "'s swap of " + value(call(only).from) + " for " +
                      value(call(only).to) + " is all that could leave it, and cannot have found " +
                      value(call(only).from) + ".";
    } else {
      out.sentence += "none of the " + std::to_string(writers.size()) +
                      " swaps that could leave it can have found what it needs.";
    }
    however(out, call_name(last_) + " " + did(last_) + ", and in no order of the others does " +
                     (writers.size() == 1 ? call_name(writers.front()) : "any swap") +
                     " leave that");
    return true;
  }

  // Saw a value before the calls that it takes could have left it.
  bool too_soon(Counterexample& out) const {
    const auto writers = writers_of(call(last_).from);
    out.anomaly = "read-from-future";
    out.sentence =
        "Value from the future" + on_ + ": " + who(e_.shown[last_]) + " " + did(last_) +
        at(e_.shown[last_].returned) + ", before " +
        (writers.size() == 1 ? who(e_.shown[writers.front()]) + "'s " + wrote(writers.front())
                             : std::string("anything that leaves it")) +
        " could take effect.";
    however(out, call_name(last_) + " " + did(last_) + ", and in every order of the others " +
                     value(call(last_).from) + " is there only after a call that must follow " +
                     call_name(last_));
    return true;
  }

  // Saw a value that an acknowledged call had replaced before.
  bool stale(Counterexample& out) const {
    const RegisterCall& seen = call(last_);
    std::optional<std::size_t> newer = newest_before(
        [&](const RegisterCall& other) { return other.mutates() && other.to != seen.from; });
    const std::optional<std::size_t> reader = newest_before([&](const RegisterCall& other) {
      return other.act == Act::read && other.from != seen.from;
    });
    if (!newer || (reader && e_.spans[*reader].ret > e_.spans[*newer].ret)) return false;
    const bool swap = seen.act == Act::cas;
    const bool lost = swap || never_seen(*newer);
    out.anomaly = lost ? "lost-update" : "stale-read";
    out.sentence = std::string(lost ? "Lost update" : "Stale read") + on_ + ": " +
                   who(e_.shown[last_]) + " " + did(last_) + at(e_.shown[last_].invoked) + ", " +
                   format_duration(e_.shown[last_].invoked - e_.shown[*newer].returned) +
                   " after process " + std::to_string(e_.shown[*newer].process) + "'s " +
                   wrote(*newer) + " was acknowledged" +
                   (lost && !swap ? "; nobody ever saw that." : ".");
    return true;
  }

  // The last call before `last_` of those that `is` is true of.
  template <class Is>
  std::optional<std::size_t> newest_before(const Is& is) const {
    std::optional<std::size_t> newest;
    for (std::size_t i = 0; i < e_.core.size(); ++i)
      if (i != last_ && e_.spans[i].before(e_.spans[last_]) && is(call(i)) &&
          (!newest || e_.spans[i].ret > e_.spans[*newest].ret))
        newest = i;
    return newest;
  }

  // Of all calls of the key nobody saw what `mutator` wrote, and two saw the
  // older value after it had returned, before anything else could replace it.
  bool never_seen(std::size_t mutator) const {
    const CallId id = e_.ids[mutator];
    const RegisterCall& wrote = (*e_.all)[id];
    Position replaced = never;
    for (const RegisterCall& other : *e_.all) {
      if (other.act != Act::write && other.from == wrote.to) return false;
      if (other.mutates() && &other != &wrote && (!other.known() || wrote.inv < other.ret))
        replaced = std::min(replaced, std::max(other.inv, wrote.inv));
    }
    int older = 0;
    for (const RegisterCall& other : *e_.all)
      older += other.act == Act::read && wrote.before(other) && other.ret < replaced &&
               other.from == call(last_).from;
    return older >= 2;
  }

  // Saw an older value after somebody had seen a newer one.
  bool backwards(Counterexample& out) const {
    const RegisterCall& seen = call(last_);
    const auto newer = newest_before(
        [&](const RegisterCall& other) { return other.observes() && other.from != seen.from; });
    if (!newer) return false;
    out.anomaly = "non-monotonic-read";
    out.sentence = "Time ran backwards" + on_ + ": " + who(e_.shown[last_]) + " " + did(last_) +
                   at(e_.shown[last_].invoked) + ", " +
                   format_duration(e_.shown[last_].invoked - e_.shown[*newer].returned) +
                   " after " + who(e_.shown[*newer]) + " " + did(*newer) + ".";
    return true;
  }

  // Two saw different values at about the same time, or swapped the same one, and both are too
  // much.
  void conflicting(Counterexample& out) const {
    if (!call(last_).observes()) return;
    for (std::size_t i = 0; i < e_.core.size(); ++i) {
      if (!call(i).observes() || !e_.spans[i].known() || call(i).from == call(last_).from) continue;
      out.anomaly = "read-conflict";
      out.sentence = "Conflicting reads" + on_ + ": " + who(e_.shown[i]) + " " + did(i) +
                     at(e_.shown[i].returned) + ", " + who(e_.shown[last_]) + " " + did(last_) +
                     at(e_.shown[last_].returned) + "; no one order of the " +
                     std::to_string(e_.core.size()) + " calls allows both.";
      however(out, call_name(i) + " " + did(i) + ", " + call_name(last_) + " " + did(last_) +
                       ", and no order gives both these answers");
      return;
    }
    const auto swaps = swaps_of(call(last_).from);
    if (swaps.size() > 1) double_swap(out, swaps);
  }

  bool refusal(Counterexample& out) const {
    for (std::size_t i = 0; i < e_.core.size(); ++i) {
      if (call(i).act != Act::refused) continue;
      out.anomaly = "wrong-refusal";
      out.sentence = "Wrong refusal" + on_ + ": " + who(e_.shown[i]) + " was refused a swap of " +
                     value(call(i).from) + at(e_.shown[i].returned) +
                     ", though the register must have held it all that time.";
      const Held held = when_held(e_.core, i);
      if (held.known && !held.in_time)
        however(out, call_name(i) + " was refused, and in every order of the others " +
                         value(call(i).from) + " is there whenever " + call_name(i) + " may come");
      return true;
    }
    return false;
  }

  const Evidence& e_;
  const std::string on_;
  std::size_t last_ = none;  // The observation that returned last.
};

// "T1 returned before T3 began": those that follow from no two others.
void add_orders(Counterexample& out, const std::vector<Interval>& spans) {
  for (std::size_t a = 0; a < spans.size(); ++a) {
    for (std::size_t b = 0; b < spans.size(); ++b) {
      if (!spans[a].before(spans[b])) continue;
      bool direct = true;
      for (const Interval& between : spans)
        direct &= !(spans[a].before(between) && between.before(spans[b]));
      if (!direct) continue;
      out.let_then.push_back(call_name(a) + " returned " +
                             format_duration(out.calls[b].invoked - out.calls[a].returned) +
                             " before " + call_name(b) + " began, so " + call_name(a) + " < " +
                             call_name(b) + ".");
    }
  }
}

}  // namespace

std::string call_name(std::size_t i) {
  std::string out = "T";
  return out += std::to_string(i + 1);
}

std::string register_reason(const RegisterAct& act, Atom holds, const Values& values) {
  const bool same = act.from == holds;
  switch (act.act) {
    case Act::write: return {};
    case Act::read:
    case Act::cas:
      if (same) return {};
      return "needs " + values.text(act.from) + ", but the register holds " + values.text(holds);
    case Act::refused:
      if (!same) return {};
      return "was refused, but the register holds " + values.text(holds);
  }
  return {};
}

ShownCall shown_call(const History& history, std::uint32_t invocation, std::string text,
                     bool known) {
  const Op& op = history.ops()[invocation];
  ShownCall shown;
  shown.index = op.index;
  shown.process = op.process;
  shown.node = op.node;
  shown.f = op.f;
  shown.text = std::move(text);
  shown.invoked = op.time;
  shown.outcome = Kind::info;
  if (!known) return shown;
  const Op& completion = history.ops()[history.completion(invocation)];
  shown.returned = completion.time;
  shown.outcome = completion.kind;
  return shown;
}

void describe(Counterexample& out, const Evidence& evidence) {
  out.key = evidence.key;
  out.calls = evidence.shown;
  if (!evidence.core.empty()) RegisterStory(evidence).tell(out);
  if (evidence.anomaly) {
    const Anomaly& wrong = *evidence.anomaly;
    const ShownCall& call = out.calls[wrong.call];
    out.anomaly = wrong.name;
    out.sentence = wrong.title + (evidence.key.empty() ? "" : " on key " + evidence.key) + ": " +
                   who(call) + " " + wrong.did + at(call.returned) + wrong.why + ".";
  }
  if (out.anomaly.empty()) {
    out.anomaly = "non-linearizable";
    out.sentence = "No order of these " + std::to_string(out.calls.size()) + " calls" +
                   (evidence.key.empty() ? "" : " on key " + evidence.key) +
                   " explains what the clients saw.";
  }
  std::vector<std::string> however = std::exchange(out.let_then, {});
  for (std::size_t i = 0; i < out.calls.size(); ++i) {
    const ShownCall& call = out.calls[i];
    out.let_then.push_back(
        "Let " + call_name(i) + " = '" + call.text + "' by " + who(call) + ", " +
        format_duration(call.invoked) + " to " +
        (call.returned == Nanos::max() ? "unknown" : format_duration(call.returned)) + ".");
  }
  add_orders(out, evidence.spans);
  for (std::string& line : however) out.let_then.push_back(std::move(line));
}

}  // namespace clew
